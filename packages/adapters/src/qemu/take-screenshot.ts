import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OsrelError } from '@osrel/core';
import { untilAborted } from '../until-aborted.ts';
import { ppmToPng } from './ppm-to-png.ts';
import type { QmpClient } from './qmp-client.ts';

/**
 * The screen of the machine as a PNG in the folder: its path; undefined when QEMU gives none until the signal aborts.
 * QEMU before 7.1, or built without libpng, gives a PPM instead, which is made a PNG here.
 */
export async function takeScreenshot(
  client: QmpClient,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [png, ppm] = [join(folder, 'screen.png'), join(folder, 'screen.ppm')];
  const dump = (values: Readonly<Record<string, unknown>>): Promise<boolean> =>
    untilAborted(client.execute('screendump', values), signal).then(
      () => true,
      (error: unknown) => {
        if (signal.aborted || error instanceof OsrelError) return false;
        throw error;
      },
    );
  if (await dump({ filename: png, format: 'png' })) return png;
  if (signal.aborted || !(await dump({ filename: ppm }))) return undefined;
  const picture = ppmToPng(await readFile(ppm));
  await rm(ppm, { force: true });
  if (picture === undefined) return undefined;
  await writeFile(png, picture);
  return png;
}
