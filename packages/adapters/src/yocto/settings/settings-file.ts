import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findText } from '../../if-present.ts';
import { replaceFile } from '../replace-file.ts';
import { withManagedBlock } from './managed-block.ts';

/** A settings file as it will be. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string;
  /** The whole text: osrel's block and the lines of the user. */
  readonly text: string;
}

/**
 * `<build folder>/conf/auto.conf` with `body` (of `renderAssignments`) as osrel's block; writes nothing. bitbake reads
 * this file before local.conf (balena-automation 1.5 REQ).
 */
export async function prepareSettingsFile(buildDirectory: string, body: string): Promise<SettingsFile> {
  const path = join(buildDirectory, 'conf/auto.conf');
  return { path, text: withManagedBlock((await findText(path)) ?? '', body) };
}

/** Puts the file in place in one step, and makes its folder; one that is as it should be stays untouched. */
export async function writeSettingsFile({ path, text }: SettingsFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if ((await findText(path)) === text) return;
  await replaceFile(path, text);
}
