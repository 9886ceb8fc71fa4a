import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskImages, createImageRegistry, createLocalDeployFolder } from '@osrel/adapters';
import { type Config, type Ports, parseConfig } from '@osrel/core';
import { vi } from 'vitest';
import type { CapabilityCache } from '../../packages/adapters/src/s3/s3-store-options.ts';
import { wireRemotePorts } from '../../packages/adapters/src/wire-remote-ports.ts';
import { SHA, TREE } from '../builders/facts.ts';
import { ownSigning } from '../builders/signing.ts';
import { createFixedClock, type FixedClock } from '../fakes/fixed-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../fakes/memory-journal.ts';
import { portsWith } from '../fakes/ports-with.ts';
import { forgetfulHistory, suiteLab } from '../fakes/suite-lab.ts';
import { createTinyBuilder } from '../fakes/tiny-builder.ts';
import { ORGANIZATION, type RemoteServers } from './remote-servers.ts';

/** CI machines share one key: what one tested, another one finalizes. */
const SIGNING = ownSigning();

/** A CI machine with the checkout: it knows nothing but what it builds and what the servers tell. */
export interface RemoteMachine {
  readonly root: string;
  readonly version: string;
  readonly clock: FixedClock;
  readonly config: Config;
  readonly ports: Ports;
  /** Of one plan; it outlives a run of osrel, as a file does. */
  readonly journalOf: (planId: string) => MemoryJournal;
  readonly journals: ReadonlyMap<string, MemoryJournal>;
  /** Everything that was said to people: events and errors, as JSON. */
  readonly said: string[];
  readonly remove: () => Promise<void>;
}

export interface MachineOptions {
  readonly version?: string;
  /** What the suite says. */
  readonly verdict?: 'passed' | 'failed';
}

/** In memory where that is to be had: hundreds of machines are made, and each write of theirs waits for the disk. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const KEY_VARIABLE = 'OSREL_TEST_BALENA_KEY';

export async function openRemoteMachine(
  servers: RemoteServers,
  { version = '6.5.1', verdict = 'passed' }: MachineOptions = {},
): Promise<RemoteMachine> {
  const root = await mkdtemp(join(FOLDER, 'osrel-remote-'));
  await writeFile(join(root, 'CHANGELOG.md'), '# Changes\n\n- all of them\n');
  const clock = createFixedClock({ start: new Date().toISOString() });
  const config = configFor(servers);
  const journals = new Map<string, MemoryJournal>();
  const ports = portsWith({
    ...remotePortsOf(servers, { root, clock, config }),
    clock,
    osBuilder: createTinyBuilder({ root, version }),
    diskImages: createDiskImages(),
    deployFolder: createLocalDeployFolder({ root: join(root, 'deploy') }),
    testLab: suiteLab(verdict),
    testHistory: forgetfulHistory,
    // Nothing here is signed.
    kernelImages: {
      readCertificates: async () => [],
      listKernels: async () => ({ kernels: [], recipes: [] }),
    },
    ...checkoutOf(root, version),
  });
  return {
    root,
    version,
    clock,
    config,
    ports,
    journals,
    journalOf: (planId) => {
      const journal = journals.get(planId) ?? createMemoryJournal();
      journals.set(planId, journal);
      return journal;
    },
    said: [],
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function configFor({ balena, registry, s3 }: RemoteServers): Config {
  return parseConfig(
    {
      tests: {
        required: ['smoke'],
        matrix: [{ suite: 'smoke', lab: 'command', command: ['./smoke.sh'], results: 'tap' }],
      },
      environment: 'real',
      environments: {
        real: {
          balena: {
            host: 'balena.test',
            organization: ORGANIZATION,
            api: balena.url,
            registry: registry.url,
          },
          store: { bucket: s3.bucket, region: 'us-east-1', endpoint: s3.endpoint },
          secrets: { balenaApiKey: { env: KEY_VARIABLE } },
        },
      },
    },
    { file: 'osrel.yml' },
  );
}

function remotePortsOf(
  servers: RemoteServers,
  { root, clock, config }: Pick<RemoteMachine, 'root' | 'clock' | 'config'>,
) {
  const environment = config.environments.real;
  if (environment === undefined) throw new Error('the configuration has no environment "real"');
  // The SDK's own chain of credentials reads the process's environment.
  vi.stubEnv('AWS_ACCESS_KEY_ID', servers.s3.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', servers.s3.credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  return wireRemotePorts({
    environment,
    clock,
    variables: { [KEY_VARIABLE]: servers.balena.token },
    images: createImageRegistry({
      clock,
      cacheFolder: join(root, '.osrel/cache/layers'),
      readDockerConfig: async () => undefined,
    }),
    capabilityCache: memoryCache(),
    receiptSigning: SIGNING,
  });
}

function memoryCache(): CapabilityCache {
  const kept = new Map<string, string>();
  return {
    find: async (key) => kept.get(key),
    keep: async (key, text) => void kept.set(key, text),
  };
}

/** A clean checkout at the tag of its version, with one device type. */
function checkoutOf(root: string, version: string): Pick<Ports, 'sourceRepository' | 'deviceRepository'> {
  const written = new Map<string, string>();
  // Another version is another commit.
  const sha = version === '6.5.1' ? SHA : Buffer.from(version.padEnd(20, '.')).toString('hex');
  const tags = [{ name: `v${version}`, sha, annotated: true }];
  return {
    sourceRepository: {
      readHead: async () => ({
        root,
        sha,
        tree: TREE,
        shortSha: sha.slice(0, 7),
        branch: null,
        repository: null,
        committedAt: '2026-07-01T08:00:00.000Z',
        dirtyPaths: [],
        tags,
      }),
      findTag: async (name) => tags.find((tag) => tag.name === name),
      listTags: async () => tags,
      listFirstParents: async () => [],
    },
    deviceRepository: {
      readIdentity: async () => ({
        repoYml: { file: 'repo.yml', document: { type: 'yocto-based OS image' } },
        version,
        hasChangelog: true,
        metaBalenaVersion: null,
      }),
      listDeviceTypes: async () => [
        { baseName: 'raspberrypi4-64', file: 'raspberrypi4-64.coffee', document: DEVICE_TYPE },
      ],
      readComposition: async () => ({}),
      composeOsContracts: async () => undefined,
      readDeviceTypeJson: async (name) => written.get(name),
      writeDeviceTypeJson: async (name, text) => void written.set(name, text),
    },
  };
}

const DEVICE_TYPE = {
  slug: 'raspberrypi4-64',
  name: 'Raspberry Pi 4',
  arch: 'aarch64',
  state: 'released',
  yocto: {
    machine: 'raspberrypi4-64',
    image: 'balena-image',
    fstype: 'balenaos-img',
    deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img',
  },
};

/** Everything that must appear nowhere. */
export function secretsOf({ balena, s3 }: RemoteServers): readonly string[] {
  return [balena.token, s3.credentials.secretAccessKey];
}
