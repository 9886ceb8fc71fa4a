import { dirname, resolve } from 'node:path';
import { badUsage } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import type { CommandRun, Invocation } from '../host.ts';
import { formatSize } from '../text/size.ts';
import { renderPairs, renderTable } from '../text/table.ts';

/** `osrel image inspect FILE`. */
export const inspectImage: CommandRun = async (invocation, host) => {
  const { settings } = invocation;
  const layout = await (await host.diskImages()).inspect(fileOf(invocation));
  const describe =
    layout.table === 'none' ? 'no partition table' : `${layout.table.toUpperCase()} partition table`;
  printAnswer(host, settings, {
    text: () =>
      `${describe}, ${formatSize(layout.sizeBytes)}, sectors of ${layout.sectorSizeBytes} bytes\n${renderTable(
        [
          { title: '#', align: 'right' },
          { title: 'TYPE' },
          { title: 'NAME' },
          { title: 'FIRST BYTE', align: 'right' },
          { title: 'SIZE', align: 'right' },
        ],
        layout.partitions.map((part) => [
          String(part.index),
          part.type,
          part.name ?? '',
          String(part.firstByte),
          formatSize(part.lengthBytes),
        ]),
      )}`,
    document: () => ({ schemaVersion: 1, ...layout }),
  });
  return 0;
};

/** `osrel image prepare FILE [--to DIR] [--variant NAME]`. */
export const prepareImage: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const image = fileOf(invocation);
  const to = flags.findText('to');
  const outputDirectory = to === undefined ? dirname(image) : resolve(settings.directory, to);
  const { signal } = host.interruption;
  const images = await host.diskImages();
  // Guarded: the first signal is for the adapter, which removes what it has half written.
  const prepared = await host.interruption.guard(() =>
    images.prepare({ image, outputDirectory, variant: flags.findText('variant') ?? '', signal }),
  );
  const written = prepared.parts.reduce((sum, part) => sum + part.zLen, 0);
  printAnswer(host, settings, {
    text: () =>
      renderPairs([
        ['manifest', prepared.manifestPath],
        ['parts', `${prepared.parts.length} in ${prepared.partsDirectory}`],
        ['size', `${formatSize(prepared.image.sizeBytes)} -> ${formatSize(written)}`],
        ['sha256', prepared.image.sha256],
      ]),
    document: () => ({ schemaVersion: 1, ...prepared }),
  });
  suggestNext(host, settings, `osrel image verify ${prepared.manifestPath} --image ${image}`);
  return 0;
};

/** `osrel image verify image.json [--image FILE]`. */
export const verifyImage: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const image = flags.findText('image');
  const images = await host.diskImages();
  const seen = await images.verify({
    manifest: fileOf(invocation),
    signal: host.interruption.signal,
    ...(image === undefined ? {} : { image: resolve(settings.directory, image) }),
  });
  const against = seen.matchesImage === true ? ', equal to the image' : '';
  printAnswer(host, settings, {
    text: () =>
      `sound: ${seen.parts} parts inflate to ${formatSize(seen.sizeBytes)}${against}, sha256 ${seen.sha256}`,
    document: () => ({ schemaVersion: 1, ...seen }),
  });
  return 0;
};

function fileOf({ settings, arguments: [file], command }: Invocation): string {
  if (file === undefined) throw badUsage('usage.missing-argument', `osrel ${command} needs a file`);
  return resolve(settings.directory, file);
}
