import { integrityBroken, type Problem } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { chooseDevices } from '../choose-devices.ts';
import type { CommandRun, Host } from '../host.ts';
import { auditStatus } from '../status/audit-status.ts';
import { type LineStatus, readStatus, type VersionStatus } from '../status/read-status.ts';
import { renderTable } from '../text/table.ts';

const SHOWN_VERSIONS = 10;

/** `osrel status [--audit]`. With `--audit` a disagreement is exit code 8. */
export const showStatus: CommandRun = async ({ settings, flags }, host) => {
  const workspace = await host.openWorkspace(settings);
  const devices = await chooseDevices(workspace, settings);
  const tags = await workspace.ports.sourceRepository.listTags();
  const lines = (await Promise.all(devices.map((device) => readStatus(device, tags, workspace)))).flat();
  const disagreements = lines.flatMap(auditStatus);
  printAnswer(host, settings, {
    text: () =>
      `${lines.map((line) => renderLine(line, host)).join('\n')}${renderDisagreements(disagreements, host)}`,
    document: () => ({ schemaVersion: 1, environment: workspace.environment, lines, disagreements }),
  });
  if (flags.isSet('audit') && disagreements.length > 0) {
    host.complain(
      integrityBroken('status.disagreement', `the sides disagree in ${disagreements.length} point(s)`, {
        hint: 'see the list above; each names what is missing where',
      }),
    );
    return 8;
  }
  suggestNext(host, settings, 'osrel plan');
  return 0;
};

function renderLine(line: LineStatus, host: Host): string {
  const { strong, faint } = host.paint.stdout;
  const title = `${strong(line.application)}  latest: ${line.latest ?? 'none'}${renderEsrTags(line)}`;
  if (line.versions.length === 0) return `${title}\n${faint('  no versions')}\n`;
  const shown = line.versions.slice(0, SHOWN_VERSIONS);
  const table = renderTable(
    [{ title: '  VERSION' }, { title: 'GIT TAG' }, { title: 'RELEASE' }, { title: 'STORE' }, { title: '' }],
    shown.map((version) => [
      `  ${version.version}`,
      version.gitTag ?? '-',
      describeRelease(version, host),
      version.store,
      version.isLatest ? 'latest' : '',
    ]),
  );
  const rest = line.versions.length - shown.length;
  return `${title}\n${table}${rest === 0 ? '' : faint(`  and ${rest} older\n`)}`;
}

function renderEsrTags({ esrTags }: LineStatus): string {
  if (esrTags === null) return '';
  return `  next: ${esrTags.next ?? '-'}  current: ${esrTags.current ?? '-'}  sunset: ${esrTags.sunset ?? '-'}`;
}

function describeRelease({ release, releaseIds, draftIds }: VersionStatus, host: Host): string {
  const { good, warn } = host.paint.stdout;
  if (release === 'withdrawn') return warn('withdrawn');
  if (release === 'none') return '-';
  const finals = releaseIds.filter((id) => !draftIds.includes(id));
  const parts = [
    ...(finals.length === 0 ? [] : [`${good('final')} ${finals.join(', ')}`]),
    ...(draftIds.length === 0 ? [] : [`${warn('draft')} ${draftIds.join(', ')}`]),
  ];
  return parts.join(', ');
}

function renderDisagreements(problems: readonly Problem[], host: Host): string {
  if (problems.length === 0)
    return host.paint.stdout.faint('\ngit tags, releases, latest and the object store agree\n');
  return `\n${host.paint.stdout.warn('disagreements')}\n${problems.map(({ at, message }) => `  ${at} ${message}\n`).join('')}`;
}
