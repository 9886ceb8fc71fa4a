import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerVariables, findSshSocket, tokenVariableOf } from './container-environment.ts';

describe('containerVariables', () => {
  it('are those of the reference, and hold no token', () => {
    const environment = { VERBOSE: 'verbose', BALENA_TOKEN: 'x', HOME: '/home/me' };
    const builder = { uid: 1000, gid: 985 };
    expect(containerVariables({ builder, apiEnvironment: 'balena-staging.com', environment })).toEqual({
      SSH_AUTH_SOCK: '/tmp/ssh-agent',
      BUILDER_UID: '1000',
      BUILDER_GID: '985',
      VERBOSE: 'verbose',
      API_ENV: 'balena-staging.com',
    });
  });
});

describe('tokenVariableOf', () => {
  it('knows the two backends that have one', () => {
    expect(tokenVariableOf('balena-cloud.com')).toBe('BALENAOS_PRODUCTION_TOKEN');
    expect(tokenVariableOf('balena-staging.com')).toBe('BALENAOS_STAGING_TOKEN');
    expect(tokenVariableOf('balena.example')).toBeUndefined();
  });
});

describe('findSshSocket', () => {
  it('takes a socket', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'osrel-agent-')));
    const socket = join(folder, 'agent');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await findSshSocket({ SSH_AUTH_SOCK: socket })).toEqual({ socket, note: null });
    server.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    {},
    { SSH_AUTH_SOCK: '' },
    { SSH_AUTH_SOCK: '/absent' },
    { SSH_AUTH_SOCK: tmpdir() },
    { SSH_AUTH_SOCK: 'x' },
  ])('gives the build none for %j, and says so', async (environment) => {
    const { socket, note } = await findSshSocket(environment);
    expect(socket).toBe('/dev/null');
    expect(note).toContain('no access to private repositories over ssh');
  });
});
