import { clipLine } from '../text/wrap.ts';
import { neutraliseCommands, workflowCommand } from './workflow-command.ts';

export interface GroupsOptions {
  readonly write: (text: string) => void;
  readonly randomToken: () => string;
}

interface Group {
  readonly lines: string[];
  dropped: number;
}

/** Lines kept of a step that has to wait for the group in front of it. */
const KEPT_LINES = 5_000;

/**
 * Folded groups of a log that cannot nest: the first running step streams into an open group, the lines of others wait
 * until it ends. Inside a group, workflow commands are switched off by a token that no tool can guess.
 */
export function createGroups({ write, randomToken }: GroupsOptions) {
  const waiting = new Map<string, Group>();
  let names: ReadonlyMap<string, string> = new Map();
  let open: { readonly stepId: string; readonly token: string } | undefined;
  const openGroup = (stepId: string, remark = ''): void => {
    const token = randomToken();
    write(workflowCommand('group', `${clipLine(names.get(stepId) ?? stepId, 200)}${remark}`));
    write(workflowCommand('stop-commands', token));
    open = { stepId, token };
    const group = waiting.get(stepId);
    waiting.delete(stepId);
    for (const line of group?.lines ?? []) write(`${line}\n`);
    if (group !== undefined && group.dropped > 0)
      write(`(${group.dropped} lines more are in the kept log: osrel logs)\n`);
  };
  const closeGroup = (): void => {
    if (open === undefined) return;
    write(`::${open.token}::\n`);
    write('::endgroup::\n');
    open = undefined;
  };
  const line = (stepId: string, text: string): void => {
    if (open?.stepId === stepId) {
      write(`${text}\n`);
      return;
    }
    const group = waiting.get(stepId) ?? { lines: [], dropped: 0 };
    waiting.set(stepId, group);
    if (group.lines.length < KEPT_LINES) group.lines.push(text);
    else group.dropped += 1;
  };
  return {
    name: (titles: ReadonlyMap<string, string>): void => {
      names = titles;
    },
    start: (stepId: string): void => {
      if (open?.stepId === stepId) return;
      if (open === undefined) openGroup(stepId);
      else if (!waiting.has(stepId)) waiting.set(stepId, { lines: [], dropped: 0 });
    },
    line,
    /** A remark that belongs to no step. */
    note: (text: string): void => write(`${neutraliseCommands(text)}\n`),
    finish: (stepId: string, outcome: string): void => {
      if (open?.stepId !== stepId && !waiting.has(stepId)) {
        // It never started: one line tells it all.
        write(`${neutraliseCommands(`${names.get(stepId) ?? stepId}: ${outcome}`)}\n`);
        return;
      }
      const interrupted = open?.stepId === stepId ? undefined : open?.stepId;
      if (open?.stepId !== stepId) {
        closeGroup();
        openGroup(stepId);
      }
      write(`${outcome}\n`);
      closeGroup();
      const [next] = waiting.keys();
      if (interrupted !== undefined) openGroup(interrupted, ' (continued)');
      else if (next !== undefined) openGroup(next);
    },
    close: closeGroup,
  };
}
