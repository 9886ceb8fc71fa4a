import { refused } from '../../errors/osrel-error.ts';
import type { BalenaOsFacts } from './facts.ts';

/**
 * Refuses before anything is built where a backend that makes no applications lacks this one, or has one that cannot take
 * the release (balena-workflow 5.4, 8.4).
 * @throws refused `application.missing`, `application.unfit`
 */
export function checkApplication(facts: BalenaOsFacts): void {
  const { application, applicationExists, createsMissing } = facts.remote;
  if (createsMissing) return;
  if (!applicationExists) {
    throw refused('application.missing', `application ${application} does not exist`, {
      hint: `make it once, by hand: public, host (is_host: true), class app, device type ${facts.deviceType.slug}${isEsrFleet(application) ? ', application tag release-policy=esr' : ''}`,
    });
  }
  const problems = problemsOf(facts);
  if (problems.length === 0) return;
  throw refused(
    'application.unfit',
    `application ${application} cannot take this release: ${problems.join('; ')}`,
    {
      hint: 'have an operator of the organization correct the application, or check "balena" of the environment in osrel.yml',
      problems: problems.map((message) => ({ at: application, message })),
    },
  );
}

function problemsOf({ remote }: BalenaOsFacts): readonly string[] {
  const policy = remote.applicationTags['release-policy'];
  return [
    ...(remote.applicationIsHost === false ? ['it is not bootable (is_host is false)'] : []),
    ...(isEsrFleet(remote.application) && policy !== 'esr'
      ? [`its tag release-policy is ${policy === undefined ? 'absent' : `"${policy}"`}, not "esr"`]
      : []),
  ];
}

function isEsrFleet(application: string): boolean {
  return application.endsWith('-esr');
}
