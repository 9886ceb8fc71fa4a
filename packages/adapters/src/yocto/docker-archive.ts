import { type FileHandle, open } from 'node:fs/promises';
import { readArchiveLabels } from './docker-archive-labels.ts';
import { listTarContent, type TarContent, TarDefect } from './docker-archive-tar.ts';

/**
 * Why the file is no docker archive, or undefined when it is one: a whole tar file with a `manifest.json` (docker and
 * podman save) or an OCI layout's `index.json`. Headers only are read.
 */
export async function findArchiveDefect(path: string): Promise<string | undefined> {
  return readArchive(path, async (_, content) => {
    const isArchive = content.has('manifest.json') || content.has('index.json');
    return isArchive ? undefined : 'it has no manifest.json';
  });
}

/**
 * Every label in which the image of a docker archive differs from what is expected, as a sentence each, by label.
 * Only the image's configuration is read, no layer. An archive that does not hold exactly one image differs too.
 */
export async function listLabelDefects(
  path: string,
  expected: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const wanted = Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1));
  if (wanted.length === 0) return [];
  let labels: Readonly<Record<string, string>> = {};
  const defect = await readArchive(path, async (file, content) => {
    labels = await readArchiveLabels(file, content);
    return undefined;
  });
  if (defect !== undefined) return [`its labels cannot be read: ${defect}`];
  return wanted.flatMap(([name, value]) => {
    const found = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (found === value) return [];
    const said = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`;
    return [`label ${name} ${said}, ${JSON.stringify(value)} is expected`];
  });
}

async function readArchive(
  path: string,
  use: (file: FileHandle, content: TarContent) => Promise<string | undefined>,
): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    return await use(file, await listTarContent(file, (await file.stat()).size));
  } catch (error) {
    if (error instanceof TarDefect) return error.message;
    throw error;
  } finally {
    await file.close();
  }
}
