import { z } from 'zod';
import { commitWithoutPayload } from './commit-without-payload.ts';
import {
  type EventAnswer,
  type EventQuestion,
  malformedEvent,
  nothing,
  parsePayload,
  started,
} from './event-question.ts';
import { onOneLine, repositoryName } from './event-values.ts';

const repository = z.looseObject({ full_name: repositoryName });
const scheduleSchema = z.looseObject({ schedule: z.string().nullish(), repository: repository.nullish() });
const refSchema = z.looseObject({ ref: z.string(), ref_type: z.enum(['tag', 'branch']), repository });
const releaseSchema = z.looseObject({
  action: z.string(),
  release: z.looseObject({ tag_name: z.string() }),
  repository,
});
const mergeGroupSchema = z.looseObject({ action: z.string(), repository });

/** The event `schedule`: a timer started the workflow on the default branch. */
export function readSchedule(question: EventQuestion): EventAnswer {
  const payload = parsePayload(scheduleSchema, question);
  const { environment } = question;
  const where = payload.repository?.full_name ?? environment.repository;
  const problems = [
    ...(where === null ? [{ at: 'repository', message: 'missing, and GITHUB_REPOSITORY is not set' }] : []),
    ...(environment.ref === null
      ? [{ at: 'GITHUB_REF', message: 'is not set, and the payload names no ref' }]
      : []),
  ];
  if (where === null || environment.ref === null) throw malformedEvent(question.name, problems);
  const commit = commitWithoutPayload(question);
  return started({ kind: 'schedule', repository: where, ref: environment.ref, sha: commit.sha }, [
    `ref=${environment.ref}`,
    ...commit.trace,
    ...(payload.schedule ? [`timer "${onOneLine(payload.schedule)}"`] : []),
  ]);
}

/** The event `create`: a push event of the same ref does the work. */
export function readCreate(question: EventQuestion): EventAnswer {
  const payload = parsePayload(refSchema, question);
  const what = `${payload.ref_type} ${onOneLine(payload.ref)}`;
  return nothing(
    payload.repository.full_name,
    `${what} was created: the push event of the same ${payload.ref_type} does the work`,
  );
}

/** The event `delete`. */
export function readDelete(question: EventQuestion): EventAnswer {
  const payload = parsePayload(refSchema, question);
  return nothing(payload.repository.full_name, `${payload.ref_type} ${onOneLine(payload.ref)} was deleted`);
}

/** The event `release`, of a release page at the code host. */
export function readRelease(question: EventQuestion): EventAnswer {
  const payload = parsePayload(releaseSchema, question);
  const page = `release page ${onOneLine(payload.release.tag_name)} was ${onOneLine(payload.action)}`;
  return nothing(payload.repository.full_name, `${page}: the tag's push releases it`);
}

/** The event `merge_group`, of a merge queue. */
export function readMergeGroup(question: EventQuestion): EventAnswer {
  const payload = parsePayload(mergeGroupSchema, question);
  return nothing(
    payload.repository.full_name,
    'a merge queue only joins pull requests that were built and tested; evidence is kept under their own commits',
  );
}
