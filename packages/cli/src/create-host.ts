import { createSystemClock } from '@osrel/adapters';
import type { Host } from './host.ts';
import type { LateRedactor } from './late-redactor.ts';

/** What only the process has. */
export type ProcessParts = Pick<
  Host,
  'version' | 'nodeVersion' | 'terminal' | 'interruption' | 'paint' | 'randomToken' | 'complain'
>;

/** Wires the real engine and the real adapters; heavy parts are loaded when a command asks for them. */
export function createHost(parts: ProcessParts, hidden: LateRedactor): Host {
  const clock = createSystemClock();
  const { environment } = parts.terminal;
  return {
    ...parts,
    clock,
    openWorkspace: async (settings, deployEnvironment) => {
      const { openWorkspace } = await import('./open-workspace.ts');
      const workspace = await openWorkspace({
        settings,
        deployEnvironment: deployEnvironment ?? null,
        clock,
        variables: environment,
        tell: (line) => parts.terminal.stderr.write(`${parts.paint.stderr.warn('warning:')} ${line}\n`),
      });
      hidden.use(workspace.redactor);
      return workspace;
    },
    diskImages: async () => (await import('./wire-disk-images.ts')).wireDiskImages(),
    makeReceiptKey: async (path) => (await import('./make-receipt-key.ts')).makeReceiptKeyFile(path),
    readCiEvent: async (replay) => {
      const { wireCiEvent } = await import('./wire-ci-event.ts');
      return wireCiEvent({ environment, eventFile: replay?.file ?? null, headSha: replay?.headSha ?? null });
    },
    planRelease: async (request, ports) => (await import('./engine.ts')).planRelease(request, ports),
    stepKinds: async () => (await import('./engine.ts')).STEP_KINDS,
    executePlan: async (request) => (await import('./engine.ts')).executePlan(request),
  };
}
