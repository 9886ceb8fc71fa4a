import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { NumericUser } from './choose-builder.ts';
import { SSH_AGENT } from './container-paths.ts';

export interface ContainerEnvironmentQuestion {
  readonly builder: NumericUser;
  /** `build.container`'s backend: BALENA_API_ENV. */
  readonly apiEnvironment: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The variables of balena-automation 1.11 that are no secret. */
export function containerVariables(question: ContainerEnvironmentQuestion): Readonly<Record<string, string>> {
  const { builder, apiEnvironment, environment } = question;
  const { VERBOSE } = environment;
  return {
    SSH_AUTH_SOCK: SSH_AGENT,
    BUILDER_UID: String(builder.uid),
    BUILDER_GID: String(builder.gid),
    VERBOSE: VERBOSE === undefined || VERBOSE === '' ? '0' : VERBOSE,
    API_ENV: apiEnvironment,
  };
}

const TOKEN_VARIABLES: Readonly<Record<string, string>> = {
  'balena-cloud.com': 'BALENAOS_PRODUCTION_TOKEN',
  'balena-staging.com': 'BALENAOS_STAGING_TOKEN',
};

/** Name of the variable that may hold a token for that backend (balena-automation 2.6); undefined when there is none. */
export function tokenVariableOf(apiEnvironment: string): string | undefined {
  return TOKEN_VARIABLES[apiEnvironment];
}

/** The caller's ssh agent to mount, or `/dev/null` and why. */
export async function findSshSocket(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly socket: string; readonly note: string | null }> {
  const { SSH_AUTH_SOCK: socket } = environment;
  if (socket === undefined || socket === '') return withoutSocket('no ssh socket (SSH_AUTH_SOCK)');
  if (!isAbsolute(socket) || socket.includes(':'))
    return withoutSocket(`SSH_AUTH_SOCK ${socket} cannot be mounted`);
  const found = await stat(socket).catch(() => undefined); // whatever the reason: nothing to mount
  return found?.isSocket() === true
    ? { socket, note: null }
    : withoutSocket(`SSH_AUTH_SOCK ${socket} is no socket`);
}

function withoutSocket(because: string) {
  return {
    socket: '/dev/null',
    note: `${because}: the build has no access to private repositories over ssh`,
  };
}
