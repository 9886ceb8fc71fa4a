import { join } from 'node:path';
import { badUsage, type DeviceRepository, type RepositoryDocument } from '@osrel/core';
import { composeOsContracts } from './compose-os-contracts.ts';
import { createEvaluateDeviceType, type EvaluationCache } from './evaluate-device-type.ts';
import { FileProblem, malformedFiles } from './file-problem.ts';
import { listDeviceTypes } from './list-device-types.ts';
import { parseYaml } from './parse-document.ts';
import { readContracts } from './read-contracts.ts';
import { createRepositoryFiles, type RepositoryFiles } from './repository-files.ts';
import { writeTextFile } from './write-text-file.ts';

export interface DeviceRepositoryOptions {
  /** Absolute path of the repository's root. */
  readonly root: string;
  /** The nearest tag of a folder that is a git checkout of its own; null for any other folder. */
  readonly describeCheckout: (directory: string) => Promise<string | null>;
  /** Where evaluated device types and composed contracts are kept over processes; absent: nowhere. */
  readonly cache?: EvaluationCache | undefined;
}

const META_BALENA = 'layers/meta-balena';

/**
 * The files of a device repository on disk. Nothing outside of the root is read, and no file is executed by
 * Node: device types are evaluated in an interpreter without any access to this machine.
 */
export function createDeviceRepository({
  root,
  describeCheckout,
  cache,
}: DeviceRepositoryOptions): DeviceRepository {
  const files = createRepositoryFiles(root);
  const evaluate = createEvaluateDeviceType(cache);
  const readBase = createBaseReader(files);
  return {
    readIdentity: async () => {
      const [repoYml, version, changelog, metaBalenaVersion] = await Promise.all([
        readYaml(files, 'repo.yml'),
        files.find('VERSION'),
        files.find('CHANGELOG.md'),
        readMetaBalenaVersion(files, () => describeCheckout(join(root, META_BALENA))),
      ]);
      return { repoYml, version: version?.trim(), hasChangelog: changelog !== undefined, metaBalenaVersion };
    },
    listDeviceTypes: () => listDeviceTypes(files, evaluate),
    readComposition: async (machine) => {
      checkFileName('machine', machine);
      const [base, overlay] = await Promise.all([
        readBase(`${META_BALENA}/hostapp.yml`),
        readYaml(files, `${machine}.hostapp.yml`),
      ]);
      return { ...(base === undefined ? {} : { base }), ...(overlay === undefined ? {} : { overlay }) };
    },
    composeOsContracts: async (slugs) => {
      const documents = await readContracts(files);
      return documents === undefined ? undefined : composeOsContracts(documents, slugs, cache);
    },
    readDeviceTypeJson: async (baseName) => files.find(`${checkFileName('device type', baseName)}.json`),
    writeDeviceTypeJson: async (baseName, text) => {
      await writeTextFile(join(root, `${checkFileName('device type', baseName)}.json`), text);
    },
  };
}

/** Reads the base composition, which is one for all machines; the same text is parsed once. */
function createBaseReader(files: RepositoryFiles): (file: string) => Promise<RepositoryDocument | undefined> {
  let parsed: { readonly text: string; readonly document: RepositoryDocument } | undefined;
  return async (file) => {
    const text = await files.find(file);
    if (text === undefined) return undefined;
    if (parsed?.text !== text) parsed = { text, document: parseFile(text, file) };
    return parsed.document;
  };
}

async function readYaml(files: RepositoryFiles, file: string): Promise<RepositoryDocument | undefined> {
  const text = await files.find(file);
  return text === undefined ? undefined : parseFile(text, file);
}

function parseFile(text: string, file: string): RepositoryDocument {
  try {
    return { file, document: parseYaml(text, file) };
  } catch (error) {
    if (error instanceof FileProblem) throw malformedFiles('yaml.malformed', file, error.problems);
    throw error;
  }
}

async function readMetaBalenaVersion(
  files: RepositoryFiles,
  describe: () => Promise<string | null>,
): Promise<string | null> {
  const said = (await describe()) ?? (await files.find(`${META_BALENA}/VERSION`)) ?? '';
  const version = said.trim().replace(/^v/, '');
  return version === '' ? null : version;
}

/** The name, when it is one file's name and no path. Throws usage `repository.malformed-name`. */
function checkFileName(what: string, name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return name;
  throw badUsage('repository.malformed-name', `${JSON.stringify(name)} cannot be the name of a ${what}`, {
    hint: 'letters, digits, ".", "_", "+" and "-", starting with a letter or digit',
  });
}
