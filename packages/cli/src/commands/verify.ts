import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badUsage } from '@osrel/core';
import { printAnswer } from '../answer.ts';
import type { CommandRun } from '../host.ts';
import { formatSize } from '../text/size.ts';
import { checkVersion } from '../verify/check-version.ts';
import { openFolderPlace } from '../verify/folder-place.ts';
import type { VersionPlace } from '../verify/version-place.ts';
import { openWebPlace } from '../verify/web-place.ts';

/** `osrel verify DIR|URL`. */
export const verifyVersion: CommandRun = async ({ settings, arguments: [where = ''] }, host) => {
  const place = await openPlace(where, settings.directory);
  const { manifest, form, files, sizeBytes } = await checkVersion(place, host.interruption.signal);
  const { machine, slug, version, source } = manifest;
  const note = form === 'published' ? ' (as published: without images and archives)' : '';
  printAnswer(host, settings, {
    text: () =>
      `sound: ${slug} ${version}, ${files} files, ${formatSize(sizeBytes)}${note}, built from ${source.sha}`,
    document: () => ({
      schemaVersion: 1,
      place: place.name,
      form,
      machine,
      slug,
      version,
      files,
      sizeBytes,
      source,
    }),
  });
  return 0;
};

async function openPlace(where: string, directory: string): Promise<VersionPlace> {
  if (/^https?:\/\//.test(where)) return openWebPlace(checkAddress(where));
  if (where.startsWith('file://')) return openFolderPlace(fileURLToPath(where), where);
  return openFolderPlace(resolve(directory, where), where);
}

function checkAddress(where: string): string {
  if (URL.canParse(where)) return where;
  throw badUsage('verify.address', `"${where}" is no address`, {
    hint: 'for example https://example.com/images/raspberrypi4-64/6.5.1',
  });
}
