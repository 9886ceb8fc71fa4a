import { z } from 'zod';

const commitId = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);

/** Foreign JSON: what is used of it is checked, the rest is left alone. */
export const pullRequestSchema = z.looseObject({
  number: z.number().int().positive(),
  title: z.string().nullable(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  head: z.looseObject({ sha: commitId, ref: z.string() }),
  base: z.looseObject({ ref: z.string() }),
});

export const pullRequestsSchema = z.array(pullRequestSchema);

export const commitsSchema = z.array(z.looseObject({ sha: commitId }));

const time = z.iso.datetime({ offset: true });

export const checkRunSchema = z.looseObject({
  id: z.number().int(),
  name: z.string(),
  external_id: z.string().nullish(),
  status: z.string(),
  conclusion: z.string().nullable(),
  started_at: time.nullable(),
  completed_at: time.nullable(),
  html_url: z.string().nullish(),
  app: z.looseObject({ id: z.number().int(), slug: z.string().optional() }).nullable(),
  check_suite: z.looseObject({ id: z.number().int() }).nullish(),
  output: z.looseObject({ title: z.string().nullable(), summary: z.string().nullable() }),
});

export const checkRunsSchema = z.looseObject({ check_runs: z.array(checkRunSchema) });

export const combinedStatusSchema = z.looseObject({
  statuses: z.array(
    z.looseObject({
      id: z.number().int(),
      context: z.string(),
      state: z.string(),
      description: z.string().nullable(),
      created_at: time,
      updated_at: time,
    }),
  ),
});

export const workflowRunsSchema = z.looseObject({
  workflow_runs: z.array(
    z.looseObject({
      id: z.number().int(),
      name: z.string().nullish(),
      path: z.string(),
      event: z.string(),
      run_attempt: z.number().int().optional(),
      check_suite_id: z.number().int().optional(),
      head_sha: commitId,
      status: z.string().nullable(),
      conclusion: z.string().nullable(),
      created_at: time,
      run_started_at: time.optional(),
      updated_at: time,
    }),
  ),
});

export type GithubPullRequest = z.infer<typeof pullRequestSchema>;
export type GithubCheckRun = z.infer<typeof checkRunSchema>;
export type GithubStatus = z.infer<typeof combinedStatusSchema>['statuses'][number];
export type GithubWorkflowRun = z.infer<typeof workflowRunsSchema>['workflow_runs'][number];
