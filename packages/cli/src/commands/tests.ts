import { badUsage, type TestRecord } from '@osrel/core';
import { printAnswer, say, suggestNext } from '../answer.ts';
import { chooseDevices } from '../choose-devices.ts';
import type { CommandRun, Host, Invocation, Workspace } from '../host.ts';
import { listSetAside } from '../set-aside-history.ts';
import { renderTests } from '../text/tests-text.ts';

/** `osrel tests`: what suites and tests did on this machine before, those that failed most first. */
export const showTests: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const since = parseSince(flags.findText('since'), host.clock.now());
  const suite = flags.findText('suite') ?? null;
  const workspace = await host.openWorkspace(settings);
  const records = await listRecords(invocation, workspace, { suite, since });
  const shown = flags.isSet('failedOnly') ? records.filter(hasTrouble) : records;
  printAnswer(host, settings, {
    text: () => (shown.length === 0 ? emptyText(records) : renderTests(shown, host.paint.stdout)),
    document: () => ({ schemaVersion: 1, since, tests: shown }),
  });
  await tellSetAside(invocation, host, workspace);
  if (records.length === 0) suggestNext(host, settings, 'osrel test');
  return 0;
};

async function listRecords(
  { settings }: Invocation,
  workspace: Workspace,
  { suite, since }: { readonly suite: string | null; readonly since: string | null },
): Promise<readonly TestRecord[]> {
  const { testHistory } = workspace.ports;
  if (settings.machines.length === 0) return testHistory.list({ slug: settings.slug, suite, since });
  const slugs = new Set((await chooseDevices(workspace, settings)).map((device) => device.slug));
  const all = await testHistory.list({ slug: null, suite, since });
  return all.filter((record) => slugs.has(record.slug));
}

function hasTrouble({ failed, retried, waived }: TestRecord): boolean {
  return failed + retried + waived > 0;
}

function emptyText(records: readonly TestRecord[]): string {
  if (records.length > 0) return 'nothing failed, was retried or waived in what was asked for';
  return 'no test is in the history here, or none that was asked for; every suite that `osrel test` runs adds to it';
}

async function tellSetAside({ settings }: Invocation, host: Host, { root }: Workspace): Promise<void> {
  for (const path of await listSetAside(root)) {
    say(
      host,
      settings,
      `${host.paint.stderr.warn('warning:')} an older history was damaged and set aside: ${path}`,
    );
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `2026-07-01`, a whole timestamp, or a time ago: `12h`, `30d`, `8w`. */
function parseSince(text: string | undefined, now: string): string | null {
  if (text === undefined) return null;
  const ago = /^([1-9][0-9]{0,4})([hdw])$/.exec(text);
  if (ago !== null) {
    const durationMs = Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0);
    return new Date(Date.parse(now) - durationMs).toISOString();
  }
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?$/.test(text);
  const time = isDate ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw badUsage('usage.since', `--since needs a date or a time ago, and "${text}" is none`, {
    hint: 'for example: --since 2026-07-01, or --since 30d',
  });
}
