import { randomUUID } from 'node:crypto';
import type { MachineImages, SnapshotImport } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { sha256Of } from './temporary-folder.ts';

export interface MachineImagesPlace {
  readonly images: MachineImages;
  /** Puts a raw disk image where imports are read from. */
  readonly putObject: (key: string) => Promise<void>;
}

/** What every service of machine images must do. `makePlace` may hand out the same account again. */
export function describeMachineImages(name: string, makePlace: () => Promise<MachineImagesPlace>): void {
  const wish = () => {
    const id = randomUUID();
    return {
      name: `balenaOS-6.5.1-${id.slice(0, 8)}`,
      mark: sha256Of(id),
      sha256: sha256Of(`image of ${id}`),
      key: `osrel-machine-images/${id}/balena.img`,
    };
  };
  const wait = async (
    { images }: MachineImagesPlace,
    wanted: ReturnType<typeof wish>,
    started: SnapshotImport,
  ): Promise<SnapshotImport> => {
    let now = started;
    for (let looks = 0; now.state === 'active' && looks < 50; looks += 1)
      now = (await images.findImport({ ...wanted, id: started.id })) ?? now;
    return now;
  };
  const makeImage = async (place: MachineImagesPlace, wanted: ReturnType<typeof wish>, isTested = true) => {
    await place.putObject(wanted.key);
    const ended = await wait(place, wanted, await place.images.startImport(wanted));
    if (ended.state !== 'completed') throw new Error(`the import ended as ${ended.state}: ${ended.message}`);
    const { snapshotId } = ended;
    return place.images.registerImage({ ...wanted, snapshotId, architecture: 'x86_64', isTested });
  };

  describe(`${name} as a place for machine images`, () => {
    it('answers undefined for what nobody made', async () => {
      const { images } = await makePlace();
      const wanted = wish();
      expect(await images.findImage(wanted.name)).toBeUndefined();
      expect(await images.findImport({ ...wanted, id: null })).toBeUndefined();
      expect(await images.findImport({ ...wanted, id: 'import-snap-0123456789abcdef0' })).toBeUndefined();
    });

    it('makes an image of the object, and finds it by its name with whose it is', async () => {
      const place = await makePlace();
      const wanted = wish();
      const made = await makeImage(place, wanted);
      expect(made).toMatchObject({ name: wanted.name, test: 'pending', isUsable: true });
      expect(await place.images.findImage(wanted.name)).toEqual(made);
      expect(made.origin).toEqual({ mark: wanted.mark, sha256: wanted.sha256 });
      expect(await place.images.findImage(`${wanted.name}-rev2`)).toBeUndefined();
    });

    it('answers the import that runs instead of starting a second one', async () => {
      const place = await makePlace();
      const wanted = wish();
      await place.putObject(wanted.key);
      const first = await place.images.startImport(wanted);
      expect((await place.images.startImport(wanted)).id).toBe(first.id);
      expect((await wait(place, wanted, first)).state).toBe('completed');
      expect(await place.images.startImport(wanted)).toMatchObject({ state: 'completed', id: first.id });
      expect(await place.images.findImport({ ...wanted, id: null })).toMatchObject({ id: first.id });
    });

    it('starts anew after an import that failed, and for other bytes', async () => {
      const place = await makePlace();
      const wanted = wish();
      const failed = await wait(place, wanted, await place.images.startImport(wanted));
      expect(failed).toMatchObject({ state: 'failed', message: expect.stringContaining(wanted.key) });
      await place.putObject(wanted.key);
      const second = await place.images.startImport(wanted);
      expect(second.id).not.toBe(failed.id);
      expect((await wait(place, wanted, second)).state).toBe('completed');
      const other = await place.images.startImport({ ...wanted, sha256: sha256Of('other') });
      expect(other.id).not.toBe(second.id);
    });

    it('registers once: the same wish answers the same image, another one is told whose the name is', async () => {
      const place = await makePlace();
      const wanted = wish();
      const made = await makeImage(place, wanted);
      const again = {
        ...wanted,
        snapshotId: made.snapshotId ?? '',
        architecture: 'x86_64' as const,
        isTested: true,
      };
      expect(await place.images.registerImage(again)).toEqual(made);
      await expect(place.images.registerImage({ ...again, mark: sha256Of('foreign') })).rejects.toMatchObject(
        {
          kind: 'conflict',
          code: 'machine-image.name-taken',
          message: expect.stringContaining(made.id),
        },
      );
      expect(await place.images.findImage(wanted.name)).toEqual(made);
    });

    it('records a passed test, and none where none was asked for', async () => {
      const place = await makePlace();
      const wanted = wish();
      const made = await makeImage(place, wanted);
      await place.images.recordTest(made.id);
      await place.images.recordTest(made.id);
      expect(await place.images.findImage(wanted.name)).toEqual({ ...made, test: 'passed' });
      expect((await makeImage(place, wish(), false)).test).toBeNull();
    });

    it('removes image and snapshot, also when they are gone, and can make them again', async () => {
      const place = await makePlace();
      const wanted = wish();
      const made = await makeImage(place, wanted);
      const gone = { imageId: made.id, snapshotId: made.snapshotId };
      await place.images.remove(gone);
      await place.images.remove(gone);
      expect(await place.images.findImage(wanted.name)).toBeUndefined();
      expect(await place.images.findImport({ ...wanted, id: null })).toMatchObject({ state: 'failed' });
      expect((await makeImage(place, wanted)).id).not.toBe(made.id);
    });
  });
}
