import {
  badConfig,
  type DeviceType,
  type EsrTags,
  type EsrVersion,
  isEsrVersion,
  parseOsVersion,
  planEsrRotation,
  refused,
} from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { chooseDevices } from '../choose-devices.ts';
import { readEsrFleet } from '../esr-fleet.ts';
import type { CommandRun, Invocation, Workspace } from '../host.ts';
import { renderTable } from '../text/table.ts';

/** `osrel esr status`: the three tags of each ESR fleet. */
export const showEsrTags: CommandRun = async ({ settings }, host) => {
  const workspace = await host.openWorkspace(settings);
  const devices = await chooseDevices(workspace, settings);
  const fleets = await Promise.all(devices.map((device) => readEsrFleet(device, workspace)));
  printAnswer(host, settings, {
    text: () =>
      renderTable(
        [{ title: 'ESR FLEET' }, { title: 'NEXT' }, { title: 'CURRENT' }, { title: 'SUNSET' }, { title: '' }],
        fleets.map(({ application, tags, exists }) => [
          application,
          ...lines(tags),
          exists ? '' : '(no such application yet)',
        ]),
      ),
    document: () =>
      oneOrList(fleets.map(({ application, tags }) => ({ schemaVersion: 1, application, ...tags }))),
  });
  suggestNext(host, settings, 'osrel esr plan');
  return 0;
};

/** `osrel esr plan [--for-version V]`: before -> after, changes nothing. */
export const planEsrTags: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const workspace = await host.openWorkspace(settings);
  const version = await readVersion(invocation, workspace);
  const devices = await chooseDevices(workspace, settings);
  const rotations = await Promise.all(devices.map((device) => rotationOf(device, version, workspace)));
  printAnswer(host, settings, {
    text: () => rotations.map(renderRotation).join('\n'),
    document: () =>
      oneOrList(
        rotations.map(({ application, before, after, because, outcome }) => ({
          schemaVersion: 1,
          application,
          ...before,
          after,
          because,
          outcome,
        })),
      ),
  });
  suggestNext(host, settings, 'osrel esr apply');
  return 0;
};

async function rotationOf(device: DeviceType, version: EsrVersion, workspace: Workspace) {
  const { application, tags } = await readEsrFleet(device, workspace);
  return { application, ...planEsrRotation(tags, version) };
}

type Rotation = Awaited<ReturnType<typeof rotationOf>>;

function renderRotation({ application, before, after, because }: Rotation): string {
  const rows = (['next', 'current', 'sunset'] as const).map((tag) => [
    tag,
    before[tag] ?? '-',
    before[tag] === after[tag] ? '' : '->',
    before[tag] === after[tag] ? '' : (after[tag] ?? '-'),
  ]);
  return `${application}: ${because}\n${renderTable([{ title: 'TAG' }, { title: 'BEFORE' }, { title: '' }, { title: 'AFTER' }], rows)}`;
}

async function readVersion({ flags }: Invocation, { ports }: Workspace): Promise<EsrVersion> {
  const given = flags.findText('forVersion') ?? (await ports.deviceRepository.readIdentity()).version;
  if (given === undefined)
    throw badConfig('version.missing', 'the repository has no VERSION file', {
      hint: 'name one: --for-version 2026.7.0',
    });
  const version = parseOsVersion(given);
  if (isEsrVersion(version)) return version;
  throw refused('version.not-esr', `${given} is no ESR version, and only those move ESR tags`, {
    hint: 'name one: --for-version 2026.7.0',
  });
}

function lines({ next, current, sunset }: EsrTags): readonly string[] {
  return [next, current, sunset].map((line) => line ?? '-');
}

function oneOrList(fleets: readonly object[]): unknown {
  return fleets.length === 1 ? fleets[0] : { schemaVersion: 1, fleets };
}
