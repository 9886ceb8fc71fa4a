import { asOsrelError, badConfig } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { chooseDevices } from '../choose-devices.ts';
import { checkBuild } from '../doctor/check-build.ts';
import { checkDisk } from '../doctor/check-disk.ts';
import { checkLabs } from '../doctor/check-labs.ts';
import { checkPrograms } from '../doctor/check-programs.ts';
import { checkRepository, checkSecrets } from '../doctor/check-repository.ts';
import { checkServices } from '../doctor/check-services.ts';
import { type Finding, missing, ok } from '../doctor/finding.ts';
import { findRoot } from '../find-root.ts';
import type { CommandRun, Host, Invocation } from '../host.ts';
import type { Paint } from '../text/paint.ts';
import { renderPairs, renderTable } from '../text/table.ts';

/** `osrel doctor`: exit 2 when something required is missing. */
export const examine: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const root = await findRoot(settings.directory);
  const findings = [
    ...(await checkPrograms(host.nodeVersion)),
    ...(await checkDisk(root, host.clock.now())),
    ...(await checkConfigured(invocation, host)),
  ];
  const lacking = findings.filter((finding) => finding.state === 'missing');
  printAnswer(host, settings, {
    text: () => renderFindings(findings, host.paint.stdout),
    document: () => ({ schemaVersion: 1, healthy: lacking.length === 0, findings }),
  });
  if (lacking.length === 0) {
    suggestNext(host, settings, 'osrel plan');
    return 0;
  }
  host.complain(
    badConfig(
      'doctor.missing',
      `${lacking.length} thing(s) a release needs are missing: ${lacking.map((finding) => finding.name).join(', ')}`,
      {
        hint: lacking[0]?.mend ?? 'see the table',
      },
    ),
  );
  return 2;
};

async function checkConfigured({ settings }: Invocation, host: Host): Promise<readonly Finding[]> {
  try {
    const workspace = await host.openWorkspace(settings);
    const devices = await chooseDevices(workspace, settings);
    const configuration = ok('configuration', `environment ${workspace.environment}`);
    return [
      configuration,
      ...(await checkRepository(workspace, settings)),
      ...(await checkBuild(workspace, settings, host.terminal.environment)),
      ...checkSecrets(workspace, host.terminal.environment),
      ...(await checkLabs(workspace, devices, host.terminal.environment)),
      ...(await checkServices(workspace, devices)),
    ];
  } catch (error) {
    const known = asOsrelError(error);
    if (known === undefined) throw error;
    const [problem] = known.problems;
    const where = problem === undefined ? known.message : `${problem.at}: ${problem.message}`;
    return [missing('configuration', where, 'see all problems: osrel config check')];
  }
}

function renderFindings(findings: readonly Finding[], paint: Paint): string {
  const signs = { ok: paint.good('✓ ok'), weak: paint.warn('! weak'), missing: paint.bad('✗ missing') };
  const table = renderTable(
    [{ title: 'WHAT' }, { title: 'STATE' }, { title: 'FOUND' }],
    findings.map(({ name, state, found }) => [name, signs[state], found]),
  );
  // The most needed first.
  const mending = (['missing', 'weak'] as const)
    .flatMap((state) => findings.filter((finding) => finding.state === state))
    .map(({ name, mend }) => [`  ${name}`, mend ?? ''] as const);
  return mending.length === 0 ? table : `${table}\nto mend it\n${renderPairs(mending)}`;
}
