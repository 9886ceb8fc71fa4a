import { access, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { badConfig, type Config, parseConfig } from '@osrel/core';
import { type ConfigDocument, parseYamlConfig } from './parse-yaml-config.ts';

export interface ConfigFileOptions {
  /** Absolute path of the repository root. */
  readonly directory: string;
  /** `--config FILE`, relative to the directory; it must exist then. */
  readonly file?: string | undefined;
}

/** The configuration of a repository. */
export interface ConfigFile {
  /** Absolute path, whether it exists or not. */
  readonly path: string;
  /** The parsed file; undefined when the repository has none. */
  readDocument(): Promise<ConfigDocument | undefined>;
  /** The configuration with every default; throws every problem of the file at once. */
  readConfig(): Promise<Config>;
}

export const CONFIG_FILE_NAME = 'osrel.yml';
const LIMIT_BYTES = 1024 * 1024;
const OTHER_NAMES = ['osrel.yaml', '.osrel.yml', '.osrel.yaml'];

/**
 * Opens `osrel.yml` of the repository, or the file that was asked for. Reading throws config `config.missing` for
 * a file that was asked for and does not exist, `config.misnamed`, `config.unreadable`, `config.too-large`, and
 * what `parseYamlConfig` and `parseConfig` throw.
 */
export function createConfigFile({ directory, file }: ConfigFileOptions): ConfigFile {
  const name = file ?? CONFIG_FILE_NAME;
  const path = resolve(directory, name);
  const readDocument = async (): Promise<ConfigDocument | undefined> => {
    const text = await readText(path, name);
    if (text !== undefined) return parseYamlConfig(text, name);
    if (file !== undefined) throw missing(file);
    await refuseOtherNames(directory);
    return undefined;
  };
  const readConfig = async (): Promise<Config> => {
    const found = await readDocument();
    return parseConfig(found?.document, found ?? { file: name });
  };
  return { path, readDocument, readConfig };
}

async function readText(path: string, name: string): Promise<string | undefined> {
  const bytes = await readBytes(path, name);
  if (bytes === undefined) return undefined;
  if (bytes.byteLength > LIMIT_BYTES) throw tooLarge(name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(name, 'it is not UTF-8 text', error);
  }
}

async function readBytes(path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > LIMIT_BYTES) throw tooLarge(name);
    return await readFile(path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw unreadable(name, error.message, error);
  }
}

async function refuseOtherNames(directory: string): Promise<void> {
  for (const name of OTHER_NAMES) {
    if (!(await exists(join(directory, name)))) continue;
    throw badConfig('config.misnamed', `${name} is not read: the configuration is ${CONFIG_FILE_NAME}`, {
      hint: `rename it to ${CONFIG_FILE_NAME}, or name it: --config ${name}`,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function missing(file: string) {
  return badConfig('config.missing', `configuration file ${file} does not exist`, {
    hint: `check the path given with --config; without it ${CONFIG_FILE_NAME} is read where there is one`,
  });
}

function tooLarge(name: string) {
  return badConfig('config.too-large', `${name} is larger than ${LIMIT_BYTES} bytes`, {
    hint: 'a configuration is a few kilobytes; is this the right file?',
  });
}

function unreadable(name: string, reason: string, cause: unknown) {
  return badConfig('config.unreadable', `${name} cannot be read: ${reason}`, {
    cause,
    hint: 'it must be a UTF-8 text file that this user may read',
  });
}
