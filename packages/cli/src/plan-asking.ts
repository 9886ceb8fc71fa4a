import {
  asOsrelError,
  type OsrelError,
  type PlannedRelease,
  type PlanRequest,
  type Ports,
} from '@osrel/core';
import type { Host } from './host.ts';
import type { Settings } from './settings.ts';

export interface Planner {
  readonly host: Pick<Host, 'planRelease' | 'terminal'>;
  readonly settings: Settings;
  readonly ports: Ports;
}

/**
 * Plans; when the request leaves open which device type is meant, a person is asked. Throws what planning throws; off a
 * terminal and with `--no-input` also usage `machine.ambiguous`.
 */
export async function planAsking(
  request: PlanRequest,
  { host, settings, ports }: Planner,
): Promise<readonly PlannedRelease[]> {
  try {
    return await host.planRelease(request, ports);
  } catch (error) {
    const choices = choicesOf(asOsrelError(error));
    const canAsk = host.terminal.canAsk && settings.input === 'ask' && request.machines.length <= 1;
    if (choices.length === 0 || !canAsk) throw error;
    const chosen = await askForMachine(choices, host);
    if (chosen === undefined) throw error;
    return host.planRelease({ ...request, machines: [chosen], slug: null }, ports);
  }
}

/** Undefined when the answer names none of them. */
async function askForMachine(
  choices: readonly string[],
  { terminal }: Planner['host'],
): Promise<string | undefined> {
  const width = String(choices.length).length;
  const lines = choices.map((name, index) => `  ${String(index + 1).padStart(width)}  ${name}\n`);
  terminal.stderr.write(`Which device type?\n${lines.join('')}`);
  const answer = (await terminal.ask(`number or name (1-${choices.length}): `)).trim();
  return /^\d+$/.test(answer) ? choices[Number(answer) - 1] : choices.find((name) => name === answer);
}

function choicesOf(error: OsrelError | undefined): readonly string[] {
  if (error?.code !== 'machine.ambiguous') return [];
  const { machines } = error.details;
  return Array.isArray(machines) ? machines.filter((name) => typeof name === 'string') : [];
}
