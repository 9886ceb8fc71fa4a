import { badConfig } from '@osrel/core';
import { z } from 'zod';

export interface RegistryLogin {
  readonly user: string;
  readonly password: string;
}

const configSchema = z.looseObject({
  auths: z
    .record(
      z.string(),
      z.looseObject({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .optional(),
});

/** Names under which docker keeps the login of docker.io. */
const DOCKER_HUB = ['index.docker.io', 'docker.io', 'registry-1.docker.io'];

/**
 * The login for a registry host in the text of docker's `config.json`; undefined when it has none (logins that a
 * credential helper keeps are not there). Throws config `registry.docker-config` for a file that is not docker's.
 */
export function findLogin(configText: string | undefined, host: string): RegistryLogin | undefined {
  if (configText === undefined || configText.trim() === '') return undefined;
  const names = DOCKER_HUB.includes(host) ? DOCKER_HUB : [host];
  for (const [key, entry] of Object.entries(parseConfig(configText).auths ?? {})) {
    // Old entries are addresses: https://index.docker.io/v1/
    if (!names.includes(key.replace(/^https?:\/\//, '').replace(/\/.*$/, ''))) continue;
    const login = loginOf(entry);
    if (login !== undefined) return login;
  }
  return undefined;
}

function loginOf(entry: {
  readonly auth?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}): RegistryLogin | undefined {
  const { auth, username, password } = entry;
  if (auth !== undefined && auth !== '') {
    const [user = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
    return { user, password: rest.join(':').replace(/\0+$/, '') };
  }
  return username === undefined || password === undefined ? undefined : { user: username, password };
}

function parseConfig(text: string): z.infer<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    // No cause: it would quote the file, which holds passwords.
    throw badConfig('registry.docker-config', "docker's config.json is not what docker writes", {
      hint: 'repair or remove ~/.docker/config.json (DOCKER_CONFIG), or log in again with docker login',
    });
  }
}
