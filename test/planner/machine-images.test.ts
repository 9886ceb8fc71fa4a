import { OsrelError, parseOsVersion } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { gatherMachineImage } from '../../packages/core/src/pipelines/balena-os/gather-machine-image.ts';
import {
  isMachineImageDue,
  type MachineImageFacts,
  machineImageName,
  rawImageOf,
} from '../../packages/core/src/pipelines/balena-os/machine-image-rules.ts';
import { planMachineImages } from '../../packages/core/src/pipelines/balena-os/plan-machine-image-stage.ts';
import { type FactsChange, facts, SHA } from '../builders/facts.ts';
import { sha256Of } from '../contracts/temporary-folder.ts';
import { portsWith } from '../fakes/ports-with.ts';
import { machineImageConfig } from '../pipeline/machine-image-release.ts';

const MARK = sha256Of('the release');
const STAGED = { manifestSha256: sha256Of('manifest'), after: [] };
const GENERIC = {
  slug: 'generic-amd64',
  arch: 'amd64',
  deployArtifact: 'balena-image-generic-amd64.balenaos-img',
};

function plan(change: {
  readonly deviceType?: FactsChange['deviceType'];
  readonly test?: readonly string[];
  readonly found?: MachineImageFacts | null;
  readonly environment?: string;
  readonly staged?: typeof STAGED | string;
}) {
  const { deviceType = GENERIC, test = ['./boot.sh'], found = null, staged = STAGED } = change;
  const planned = planMachineImages(
    {
      facts: { ...facts({ deviceType }), machineImage: found },
      config: machineImageConfig(test),
      environment: change.environment ?? 'production',
      versionText: '6.5.1',
      mark: MARK,
    },
    { staged, after: [] },
  );
  return { ids: planned.steps.map(({ step }) => step.id), ...planned };
}

describe('the machine image of a plan', () => {
  it('is uploaded, imported, registered and tested, each after the other', () => {
    const { steps, decisions } = plan({});
    expect(steps.map(({ step }) => [step.id, step.stage, step.needs])).toEqual([
      ['upload-machine-image', 'finalize', []],
      ['import-snapshot', 'finalize', ['upload-machine-image']],
      ['register-machine-image', 'finalize', ['import-snapshot', 'upload-machine-image']],
      ['test-machine-image', 'finalize', ['register-machine-image', 'upload-machine-image']],
    ]);
    expect(decisions).toMatchObject([
      {
        rule: 'machine-image.make',
        outcome: 'make',
        origin: 'osrel.yml: environments.production.machine-images',
      },
    ]);
  });

  it('keeps the disk image for the import under a key that only this release has (W43)', () => {
    const [uploaded, imported] = plan({}).steps;
    const key = `osrel-machine-images/${MARK}/balena.img`;
    expect(uploaded?.step.with).toMatchObject({ key });
    expect(imported?.step.with).toMatchObject({ key });
  });

  it('has no test step without a test command, and no word of it where none are made', () => {
    expect(plan({ test: [] }).ids).not.toContain('test-machine-image');
    expect(plan({ environment: 'local' })).toMatchObject({ steps: [], decisions: [] });
  });

  it.each([
    ['another architecture', { ...GENERIC, arch: 'aarch64' }, 'aarch64'],
    ['an architecture without machines to rent', { ...GENERIC, arch: 'armv7hf' }, 'armv7hf'],
    [
      'a flasher alone',
      { ...GENERIC, deployArtifact: 'balena-image-flasher-x.balenaos-img' },
      'without a flasher',
    ],
    ['no disk image', { ...GENERIC, imageKind: 'docker-image' as const }, 'without a flasher'],
  ])('is left out for %s, and says so', (_, deviceType, word) => {
    const { steps, decisions } = plan({ deviceType });
    expect(steps).toEqual([]);
    expect(decisions).toMatchObject([{ outcome: 'skip', because: expect.stringContaining(word) }]);
  });

  it('takes the raw image beside a flasher', () => {
    const flasher = 'balena-image-flasher-genericx86.balenaos-img';
    const types = { imageKind: 'standard' as const, deployArtifact: flasher };
    expect(rawImageOf({ ...types, deployRawArtifact: 'balena-image.balenaos-img' })).toBe(
      'image/balena-raw.img',
    );
    expect(rawImageOf(types)).toBeUndefined();
  });

  it('says where it can be made when the build is not here', () => {
    const { steps, decisions } = plan({ staged: 'deploy/generic-amd64/6.5.1 holds no build' });
    expect(steps).toEqual([]);
    expect(decisions).toMatchObject([{ outcome: 'skip', because: expect.stringContaining('no build') }]);
  });

  it('is adopted when it is there and accepted, and continued while its test is open', () => {
    const found = { id: 'ami-1', name: 'x', mark: MARK, sha256: sha256Of('image') };
    expect(plan({ found: { ...found, test: 'passed' } })).toMatchObject({
      steps: [],
      decisions: [{ outcome: 'adopt' }],
    });
    expect(plan({ found: { ...found, test: null } }).steps).toEqual([]);
    expect(plan({ found: { ...found, test: 'pending' } }).ids).toContain('test-machine-image');
  });

  it.each([
    ['another release', { mark: sha256Of('other'), sha256: sha256Of('image') }],
    ['osrel did not make it', { mark: null, sha256: null }],
  ])('is refused before anything is built when its name is taken: %s', (word, origin) => {
    const found = { id: 'ami-1', name: 'x', test: null, ...origin };
    expect(() => plan({ found })).toThrow(OsrelError);
    expect(() => plan({ found })).toThrow(word);
  });

  it('has a name that EC2 takes', () => {
    expect(machineImageName('generic-amd64', '6.5.1+rev2')).toBe('balenaOS-6.5.1-rev2-generic-amd64');
    expect(machineImageName('generic-amd64', '2026.7.0')).toBe('balenaOS-2026.7.0-generic-amd64');
  });

  it('is due on a finished release only while its build is here and is not to be made again', () => {
    const wants = {
      build: false,
      tests: false,
      keep: false,
      hostapp: false,
      store: false,
      finalize: true,
      esr: false,
    };
    const deployFolder = {
      manifestSha256: STAGED.manifestSha256,
      sourceSha: SHA,
      version: '6.5.1',
      dirty: false,
    };
    const situation = {
      facts: { ...facts({ deviceType: GENERIC, deployFolder }), machineImage: null },
      config: machineImageConfig([]),
      environment: 'production',
      versionText: '6.5.1',
      mark: MARK,
      sourceSha: SHA,
      wants,
    };
    expect(isMachineImageDue(situation)).toBe(true);
    expect(isMachineImageDue({ ...situation, wants: { ...wants, build: true } })).toBe(false);
    expect(isMachineImageDue({ ...situation, sourceSha: 'b'.repeat(40) })).toBe(false);
    expect(isMachineImageDue({ ...situation, environment: 'local' })).toBe(false);
  });

  it('is looked for only where machine images are made', async () => {
    const config = machineImageConfig([]);
    const asked: string[] = [];
    const ports = portsWith({
      machineImages: {
        findImage: async (name) => {
          asked.push(name);
          return undefined;
        },
      },
    });
    const target = { slug: 'generic-amd64', version: parseOsVersion('6.5.1+rev2') };
    expect(await gatherMachineImage({ config, environment: 'local' }, target, ports)).toBeUndefined();
    expect(await gatherMachineImage({ config, environment: 'production' }, target, ports)).toBeNull();
    expect(asked).toEqual(['balenaOS-6.5.1-rev2-generic-amd64']);
  });
});
