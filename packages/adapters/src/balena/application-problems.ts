import { type ApplicationWish, type OsrelError, type Problem, refused } from '@osrel/core';
import { type ApplicationRow, applicationUnknown } from './application-rows.ts';

/** Upstream `application.unknown` with everything an operator has to give the missing application (balena-automation 4.2). */
export function missingApplication(wish: ApplicationWish): OsrelError {
  const tags = Object.entries(wish.tags).map(([key, value]) => `tag ${key}=${value}`);
  const needs = [
    'public (is_public: true)',
    'bootable (is_host: true)',
    'class app (is_of__class: app)',
    `device type ${wish.deviceType}`,
    ...tags,
    'the repository URL of the device repository',
  ];
  return applicationUnknown(
    wish.slug,
    `osrel makes no application here: ask an operator of the organization for "${wish.slug}" with ${needs.join(', ')}`,
  );
}

/** Throws refused `application.unfit` with all that keeps an existing application from taking hostapp releases. */
export function checkApplication(row: ApplicationRow, wish: ApplicationWish): void {
  const problems = problemsOf(row, wish);
  if (problems.length === 0) return;
  throw refused(
    'application.unfit',
    `application "${wish.slug}" cannot take this release: ${problems.map(({ message }) => message).join('; ')}`,
    {
      hint: 'have an operator of the organization correct the application, or check "balena" of the environment in osrel.yml',
      problems,
    },
  );
}

function problemsOf(row: ApplicationRow, { slug, deviceType, tags }: ApplicationWish): readonly Problem[] {
  const { application, aliases } = row;
  const problems: string[] = [];
  if (!application.isHost) problems.push('it is not bootable (is_host is false)');
  if (row.class !== 'app') problems.push(`its class is ${row.class}, not app`);
  // Other organizations' devices read hostapps anonymously, but those of a private device type are for few.
  if (!application.isPublic && application.deviceType?.privacy !== 'private')
    problems.push('it is not public (is_public is false)');
  if (!aliases.includes(deviceType))
    problems.push(`it is for device type ${application.deviceType?.slug ?? 'unknown'}, not ${deviceType}`);
  for (const [key, value] of Object.entries(tags)) {
    const found = Object.hasOwn(application.tags, key) ? application.tags[key] : undefined;
    if (found !== value)
      problems.push(`its tag ${key} is ${found === undefined ? 'absent' : `"${found}"`}, not "${value}"`);
  }
  return problems.map((message) => ({ at: slug, message }));
}
