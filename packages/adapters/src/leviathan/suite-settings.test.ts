import { fileURLToPath } from 'node:url';
import type { LeviathanConfig, SuiteRequest } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { createRenderSettings, renderSuiteSettings, type SettingsRig } from './suite-settings.ts';
import { suiteSettingsSchema } from './suite-settings-model.ts';
import { leviathanAccount, leviathanConfig, suiteRequest } from './test-inputs.ts';

const account = leviathanAccount();
const render = createRenderSettings(leviathanConfig());
const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}.json`, import.meta.url));

const RIGS: Readonly<Record<string, SettingsRig>> = {
  qemu: { kind: 'address', url: 'http://worker' },
  testbot: { kind: 'address', url: 'https://0123456789abcdef0123456789abcdef.balena-devices.com' },
  address: { kind: 'address', url: 'http://192.168.1.20' },
  fleets: { kind: 'fleets', fleets: ['balena/testbot-rig', 'balena/testbot-rig-x86'] },
};

function settingsOf(suite: string, rig: SettingsRig, changes: Partial<SuiteRequest> = {}) {
  const request = suiteRequest({ suite, worker: rig === RIGS.qemu ? 'qemu' : 'testbot', ...changes });
  if (rig.kind === 'address') return render(request, account, rig.url);
  const workspace = '/usr/src/app/workspace';
  return renderSuiteSettings(leviathanConfig(), {
    request,
    account,
    places: {
      suite: `/usr/src/app/suites/${suite}`,
      image: `${workspace}/${suite === 'hup' ? 'balena-image.docker' : 'balena.img.gz'}`,
      kernelHeaders: suite === 'os' ? `${workspace}/kernel_modules_headers.tar.gz` : null,
    },
    rig,
  });
}

describe('suite settings', () => {
  for (const suite of ['os', 'cloud', 'hup'])
    for (const [kind, rig] of Object.entries(RIGS))
      it(`are the known ones for ${suite} on ${kind}, with and without secure boot`, async () => {
        const settings = settingsOf(suite, rig);
        await expect(`${JSON.stringify(settings, null, 2)}\n`).toMatchFileSnapshot(
          golden(`${suite}-${kind}`),
        );
        // Secure boot is a matter of the core's environment, not of its settings (leviathan 5.1).
        expect(settingsOf(suite, rig, { secureBoot: true })).toEqual(settings);
      });

  it('start hup from the same kind of image as the tested one, and from any for balena.img', () => {
    const download = (testImage: SuiteRequest['testImage']) =>
      renderOf({ suite: 'hup', testImage }).config.downloadImageType;
    expect(download('balena-flasher.img')).toBe('flasher');
    expect(download('balena-raw.img')).toBe('raw');
    expect(download('balena.img')).toBeUndefined();
    expect(download(null)).toBeUndefined();
    expect(renderOf({ suite: 'os', testImage: 'balena-raw.img' }).config.downloadImageType).toBeUndefined();
  });

  it('take what is configured and what the matrix entry asks for', () => {
    const settings = renderSuiteSettings(
      leviathanConfig({
        preserveDownloads: true,
        unstable: ['a title'],
        organization: 'ours',
        ssh: { host: 'ssh.example.org', port: 2222 },
      }),
      wishOf({ failFast: false }),
    );
    expect(settings.debug).toEqual({
      failFast: false,
      globalFailFast: false,
      preserveDownloads: true,
      unstable: ['a title'],
    });
    expect(settings.config.organization).toBe('ours');
    expect(settings.config.sshConfig).toEqual({ host: 'ssh.example.org', port: 2222 });
    expect(renderOf({ testOrganization: 'theirs' }).config.organization).toBe('theirs');
  });

  it('give a suite of another name what os gets, headers only where there are some', () => {
    expect(render(suiteRequest({ suite: 'e2e' }), account, 'http://10.0.0.2')).toMatchObject({
      suite: '/usr/src/app/suites/e2e',
      kernelHeaders: '/usr/src/app/workspace/kernel_modules_headers.tar.gz',
    });
    const bare = render(
      suiteRequest({ suite: 'e2e', kernelHeaders: null, image: null }),
      account,
      'http://10.0.0.2',
    );
    expect(bare).not.toHaveProperty('kernelHeaders');
    expect(bare.image).toBe(false);
  });

  it('refuse an address that Leviathan would take for something else', () => {
    const addressed = (url: string, worker = 'testbot') => render(suiteRequest({ worker }), account, url);
    expect(() => addressed('http://rig.local')).toThrow(/neither http:\/\/<IPv4/);
    expect(() => addressed('https://worker-7.balena-devices.com')).toThrow(/takes it for a QEMU rig/);
    expect(() => addressed('http://worker', 'qemu')).not.toThrow();
    expect(() => addressed('http://127.0.0.1:8080')).not.toThrow();
  });

  it('name the variable of a key that is needed and not set', () => {
    const unset = (suite: string, changes: Partial<LeviathanConfig> = {}) =>
      createRenderSettings(leviathanConfig(changes))(
        suiteRequest({ suite }),
        leviathanAccount(''),
        'http://10.0.0.2',
      );
    const message = /needs an API key of balena-cloud.com, and BALENACLOUD_API_KEY is not set/;
    expect(() => unset('cloud')).toThrow(message);
    // The stock client logs in whatever the suite is.
    expect(() => unset('os', { driver: 'client' })).toThrow(message);
    expect(() => unset('os')).not.toThrow();
  });

  it('are refused without debug and with an empty list of unstable tests', () => {
    const settings = renderOf({});
    expect(suiteSettingsSchema.safeParse({ ...settings, debug: undefined }).success).toBe(false);
    const empty = { ...settings, debug: { ...settings.debug, unstable: [] } };
    expect(suiteSettingsSchema.safeParse(empty).success).toBe(false);
    expect(suiteSettingsSchema.safeParse({ ...settings, image: true }).success).toBe(false);
  });
});

function wishOf(changes: Partial<SuiteRequest>) {
  return {
    request: suiteRequest(changes),
    account,
    places: { suite: '/suite', image: '/image', kernelHeaders: null },
    rig: { kind: 'address', url: 'http://10.0.0.2' },
  } as const;
}

function renderOf(changes: Partial<SuiteRequest>) {
  return renderSuiteSettings(leviathanConfig(), wishOf(changes));
}
