import type { Plan } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { buildSettingsIn } from '../builders/build-settings-in.ts';
import { type FactsChange, withExtension } from '../builders/facts.ts';
import { command, planOf } from '../builders/plan-of.ts';

const key = { env: 'CI_SIGN_KEY' };
const planSigned = (osrelBuild: object = {}, change: FactsChange = {}): Promise<Plan> =>
  planOf(command('build'), change, {
    build: { signing: { api: 'https://sign.example', key }, ...osrelBuild },
  });

describe('a signed build', () => {
  it('is told server and key ids last, and the key by its variable', async () => {
    const plan = await planOf(
      command('build'),
      {},
      {
        build: { signing: { key, 'kmod-key-append': { env: 'CI_KMOD' } }, args: ['-a X=1'] },
      },
    );
    const settings = buildSettingsIn(plan, 'hostapp');
    expect(settings.variables.slice(2)).toEqual([
      { name: 'X', value: '1' },
      { name: 'SIGN_API', value: 'https://sign.balena-cloud.com' },
      { name: 'SIGN_GRUB_KEY_ID', value: '2EB29B4CE0132F6337897F5FB8A88D1C62FCC729' },
      { name: 'SIGN_HAB_PKI_ID', value: 'b4ce3cb4cfd70a27b4e641f81a9048af' },
      { name: 'SIGN_RSA_KEY_ID', value: 'fe1b0af3afa08cc40df6000402404220' },
    ]);
    expect(settings.secretVariables).toEqual([
      { name: 'SIGN_API_KEY', env: 'CI_SIGN_KEY' },
      { name: 'SIGN_KMOD_KEY_APPEND', env: 'CI_KMOD' },
    ]);
  });

  it('signs the hostapp and no extension', async () => {
    const plan = await planSigned({}, { composition: withExtension() });
    expect(buildSettingsIn(plan, 'hostapp').secretVariables).toHaveLength(1);
    expect(buildSettingsIn(plan, 'tools').secretVariables).toEqual([]);
    expect(JSON.stringify(buildSettingsIn(plan, 'tools'))).not.toContain('SIGN_');
  });

  it('says so once, with the ids of keys', async () => {
    const plan = await planSigned({ signing: { api: 'https://sign.example', key, 'rsa-key-id': 'r1' } });
    expect(plan.decisions.filter(({ rule }) => rule === 'build.signing')).toEqual([
      {
        rule: 'build.signing',
        outcome: 'signed',
        because: 'the hostapp is signed by https://sign.example with SIGN_RSA_KEY_ID r1',
        stage: 'build',
      },
    ]);
  });

  it('adds the secure boot feature to the contract', async () => {
    const contractIn = (plan: Plan) =>
      JSON.stringify(plan.steps.find(({ id }) => id === 'stage-files')?.with);
    expect(contractIn(await planSigned())).toContain('secureboot');
    expect(contractIn(await planOf(command('build')))).not.toContain('secureboot');
  });

  it('is one machine’s affair where the machine says so', async () => {
    const osrelYml = { machines: { 'pi-sb': { build: { signing: { key } } } } };
    const signed = await planOf(command('build'), { deviceType: { fileBaseName: 'pi-sb' } }, osrelYml);
    const plain = await planOf(command('build'), {}, osrelYml);
    expect(buildSettingsIn(signed, 'hostapp').secretVariables).toHaveLength(1);
    expect(buildSettingsIn(plain, 'hostapp').secretVariables).toEqual([]);
  });
});

describe('shared state of a signed build', () => {
  it.each([
    [{}, 'build/sstate-cache-raspberrypi4-64-signed'],
    [{ directory: 'b2' }, 'b2/sstate-cache-raspberrypi4-64-signed'],
    [{ container: true }, 'shared/raspberrypi4-64-signed/sstate'],
    [{ sstate: '/srv/sstate' }, '/srv/sstate/raspberrypi4-64-signed'],
    [{ args: ['--shared-sstate', '/x'] }, '/x/raspberrypi4-64-signed'],
  ])('never meets that of unsigned ones: %j (W29)', async (osrelBuild, folder) => {
    const signed = await planSigned(osrelBuild, { composition: withExtension() });
    expect(buildSettingsIn(signed, 'hostapp').sharedState).toBe(folder);
    expect(buildSettingsIn(signed, 'tools').sharedState).not.toBe(folder);
  });

  it('has a key of its own in the cache', async () => {
    const cache = { 'sstate-cache': { kind: 'directory', path: '/c' } };
    const plan = await planSigned(cache, { composition: withExtension() });
    expect(buildSettingsIn(plan, 'hostapp').stateCache?.key).toBe('raspberrypi4-64-signed');
    expect(buildSettingsIn(plan, 'tools').stateCache?.key).toBe('raspberrypi4-64');
  });
});

describe('the kernel of a signed build', () => {
  const signing = { key, 'kmod-key-append': { env: 'CI_KMOD' } };

  it('is checked for the appended certificates, which are read before anything is built', async () => {
    const { steps } = await planSigned({ signing });
    const stepOf = (id: string) => steps.find((each) => each.id === id);
    expect(stepOf('check-kernel-key')?.with).toEqual({ env: 'CI_KMOD' });
    expect(stepOf('build-hostapp')?.needs).toContain('check-kernel-key');
    expect(stepOf('verify-kernel-key')?.needs).toEqual(['build-hostapp', 'check-kernel-key']);
    expect(stepOf('stage-files')?.needs).toContain('verify-kernel-key');
  });

  it('is not looked at when no certificate is appended', async () => {
    const { steps } = await planSigned();
    expect(steps.filter(({ id }) => id.includes('kernel'))).toEqual([]);
  });

  it('is spared by rm_work, and the plan says so', async () => {
    const plan = await planSigned({ signing, 'rm-work': true });
    expect(buildSettingsIn(plan, 'hostapp').variables.at(-1)).toEqual({
      name: 'RM_WORK_EXCLUDE',
      value: ['$', '{PREFERRED_PROVIDER_virtual/kernel}'].join(''),
    });
    expect(plan.decisions).toContainEqual(
      expect.objectContaining({ rule: 'build.keep-kernel', outcome: 'keep' }),
    );
  });

  it('needs no sparing without rm_work, nor when somebody named what to spare', async () => {
    const plain = await planSigned({ signing });
    expect(JSON.stringify(plain)).not.toContain('RM_WORK_EXCLUDE');
    const named = await planSigned({ signing, container: true, variables: { RM_WORK_EXCLUDE: 'linux-x' } });
    const spared = buildSettingsIn(named, 'hostapp').variables.filter(
      ({ name }) => name === 'RM_WORK_EXCLUDE',
    );
    expect(spared).toEqual([{ name: 'RM_WORK_EXCLUDE', value: 'linux-x' }]);
  });
});
