import { badConfig, badUsage, OsrelError, type Problem } from '../../errors/osrel-error.ts';
import { type DeviceType, parseDeviceType } from '../../model/device-type.ts';
import { findNearestName } from '../../model/nearest-name.ts';
import type { PlanRequest } from '../../plan-release-types.ts';
import type { DeviceTypeDocument } from '../../ports/device-repository.ts';

/**
 * The device types a request is about: those it names, else those osrel.yml names (CI events only), else the only one.
 * @throws usage `machine.unknown`, `machine.ambiguous` with the list to choose from; config with every malformed file
 */
export function selectDeviceTypes(
  documents: readonly DeviceTypeDocument[],
  request: Pick<PlanRequest, 'machines' | 'slug' | 'config' | 'trigger'>,
): readonly DeviceType[] {
  const known = parseAll(documents);
  if (request.machines.length > 0 || request.slug !== null) return selectNamed(known, request);
  const configured = request.config.machines.map((machine) => machine.deviceType);
  const isTyped = request.trigger.kind === 'command' || request.trigger.kind === 'undo';
  if (!isTyped && configured.length > 0) return configured.map((name) => selectOne(known, name, null));
  const choices =
    configured.length > 0 ? known.filter((each) => configured.includes(each.fileBaseName)) : known;
  const [only] = choices;
  if (only !== undefined && choices.length === 1) return [only];
  if (request.trigger.kind === 'nothing') return choices;
  throw badUsage(
    'machine.ambiguous',
    `this repository has ${choices.length} device types and none was chosen: ${listNames(choices)}`,
    {
      hint: `name one: --machine ${only?.fileBaseName ?? 'NAME'} (may be given several times)`,
      details: { machines: choices.map((each) => each.fileBaseName) },
    },
  );
}

function selectNamed(
  known: readonly DeviceType[],
  request: Pick<PlanRequest, 'machines' | 'slug'>,
): readonly DeviceType[] {
  if (request.machines.length === 0 && request.slug !== null) return [selectOne(known, request.slug, null)];
  return [...new Set(request.machines)].map((name) => selectOne(known, name, request.slug));
}

function selectOne(known: readonly DeviceType[], name: string, slug: string | null): DeviceType {
  const matches = known.filter((each) => [each.machine, each.fileBaseName, each.slug].includes(name));
  const wanted =
    slug === null ? matches : matches.filter((each) => [each.fileBaseName, each.slug].includes(slug));
  const exact =
    wanted.find((each) => each.fileBaseName === name) ?? (wanted.length === 1 ? wanted[0] : undefined);
  if (exact !== undefined) return exact;
  if (wanted.length > 1) {
    throw badUsage(
      'machine.ambiguous',
      `machine "${name}" has ${wanted.length} device types: ${listNames(wanted)}`,
      {
        hint: `choose with --slug ${wanted[0]?.fileBaseName ?? 'NAME'}`,
        details: { machines: wanted.map((each) => each.fileBaseName) },
      },
    );
  }
  const names = known.flatMap((each) => [each.machine, each.fileBaseName]);
  const near = findNearestName(name, names);
  const said = slug === null ? `"${name}"` : `"${name}" with --slug "${slug}"`;
  throw badUsage('machine.unknown', `unknown machine ${said}; this repository has: ${listNames(known)}`, {
    hint: near === undefined ? 'list them with: osrel device list' : `did you mean --machine ${near}?`,
    details: { machines: known.map((each) => each.fileBaseName) },
  });
}

function parseAll(documents: readonly DeviceTypeDocument[]): readonly DeviceType[] {
  const problems: Problem[] = [];
  const known = documents.flatMap((document) => {
    try {
      return [parseDeviceType(document.document, document)];
    } catch (error) {
      if (!(error instanceof OsrelError)) throw error;
      problems.push(
        ...(error.problems.length > 0 ? error.problems : [{ at: document.file, message: error.message }]),
      );
      return [];
    }
  });
  if (problems.length > 0)
    throw badConfig('device-type.malformed', 'device types of this repository cannot be used', {
      hint: 'correct the named keys, then see: osrel device list',
      problems,
    });
  if (known.length > 0) return known;
  throw badConfig(
    'device-type.none',
    'this repository has no device type: no .coffee, .json or .yml file in its root describes one',
    {
      hint: 'run osrel in the root of a device repository, or name it with --cwd DIR',
    },
  );
}

function listNames(deviceTypes: readonly DeviceType[]): string {
  return deviceTypes
    .map((each) => each.fileBaseName)
    .sort()
    .join(', ');
}
