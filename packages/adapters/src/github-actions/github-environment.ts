import { badUsage, type Problem } from '@osrel/core';
import { z } from 'zod';
import { commitId, loginName, refName, repositoryName } from './event-values.ts';

/** Variables by name, as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The workflow run that osrel is part of. */
export interface WorkflowRun {
  /** File name of the workflow: `raspberrypi5.yml`. */
  readonly file: string | null;
  readonly name: string | null;
  readonly runId: string | null;
  readonly attempt: number | null;
  /** Page of the run. */
  readonly url: string | null;
}

/** What the variables of GitHub Actions say; null where one is not set. */
export interface GithubEnvironment {
  readonly sha: string | null;
  readonly ref: string | null;
  readonly repository: string | null;
  readonly actor: string | null;
  /** Commit of the checkout, for events that carry none; null when not asked for. */
  readonly headSha: string | null;
  readonly workflow: WorkflowRun;
}

const CHECKED = {
  GITHUB_SHA: commitId,
  GITHUB_REF: refName,
  GITHUB_REPOSITORY: repositoryName,
  GITHUB_ACTOR: loginName,
  GITHUB_RUN_ID: z.string().regex(/^[0-9]+$/, 'needs a number'),
  GITHUB_RUN_ATTEMPT: z.string().regex(/^[0-9]+$/, 'needs a number'),
  GITHUB_SERVER_URL: z.string().regex(/^https?:\/\/[A-Za-z0-9.:-]+$/, 'needs an https address'),
} as const;
type Checked = keyof typeof CHECKED;

/** Reads and checks the variables; an empty one is not set. Throws usage `ci.environment-malformed` with every problem. */
export function readGithubEnvironment(variables: Variables, headSha: string | null): GithubEnvironment {
  const problems = problemsOf(variables);
  if (problems.length > 0) throw malformed(problems);
  const repository = findVariable(variables, 'GITHUB_REPOSITORY');
  const runId = findVariable(variables, 'GITHUB_RUN_ID');
  const attempt = findVariable(variables, 'GITHUB_RUN_ATTEMPT');
  const server = findVariable(variables, 'GITHUB_SERVER_URL') ?? 'https://github.com';
  return {
    sha: findVariable(variables, 'GITHUB_SHA'),
    ref: findVariable(variables, 'GITHUB_REF'),
    repository,
    actor: findVariable(variables, 'GITHUB_ACTOR'),
    headSha,
    workflow: {
      file: workflowFile(findVariable(variables, 'GITHUB_WORKFLOW_REF')),
      name: findVariable(variables, 'GITHUB_WORKFLOW'),
      runId,
      attempt: attempt === null ? null : Number(attempt),
      url: repository === null || runId === null ? null : `${server}/${repository}/actions/runs/${runId}`,
    },
  };
}

/** The value of a variable; null when it is not set or empty. */
export function findVariable(variables: Variables, name: string): string | null {
  const value = variables[name];
  return value === undefined || value === '' ? null : value;
}

function problemsOf(variables: Variables): readonly Problem[] {
  const names = Object.keys(CHECKED) as Checked[]; // the keys of a constant
  return names.flatMap((name) => {
    const value = findVariable(variables, name);
    const parsed = value === null ? undefined : CHECKED[name].safeParse(value);
    if (parsed === undefined || parsed.success) return [];
    const reason = parsed.error.issues[0]?.message ?? 'is malformed';
    return [{ at: name, message: `${reason} (is ${JSON.stringify(value)})` }];
  });
}

// Last path element before the @ of owner/repo/.github/workflows/file.yml@ref (balena-workflow 7.1).
function workflowFile(workflowRef: string | null): string | null {
  return workflowRef?.split('@')[0]?.split('/').at(-1) || null;
}

function malformed(problems: readonly Problem[]) {
  return badUsage(
    'ci.environment-malformed',
    `variables of GitHub Actions are malformed: ${problems.map(({ at }) => at).join(', ')}`,
    {
      problems,
      hint: 'GitHub sets these variables itself; for a replay unset them or copy them from the run',
    },
  );
}
