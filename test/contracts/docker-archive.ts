import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of, temporaryFolder } from './temporary-folder.ts';

/** One entry of a tar, in the plain ustar format. */
export interface TarFile {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Makes it a symbolic link. */
  readonly linkTo?: string;
}

const BLOCK = 512;

/** The bytes of a tar with these entries, in this order. */
export function tarOf(files: readonly TarFile[]): Buffer {
  return Buffer.concat([...files.flatMap(entryOf), Buffer.alloc(2 * BLOCK)]);
}

function entryOf({ name, content = '', linkTo = '' }: TarFile): Buffer[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(linkTo === '' ? '0' : '2', 156);
  header.write(linkTo, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
}

export interface ArchiveWish {
  /** Files of each layer. */
  readonly layers: readonly (readonly TarFile[])[];
  /** Changes the entries before they are written, to damage them. */
  readonly edit?: (files: readonly TarFile[]) => readonly TarFile[];
  /** Changes the bytes of the layer as it is stored, such as gzip. */
  readonly pack?: (layer: Buffer) => Uint8Array;
}

/** A docker archive as `docker save` lays it out: config and layers first, manifest.json last. */
export async function dockerArchive({ layers, edit, pack = (layer) => layer }: ArchiveWish) {
  const tars = layers.map(tarOf);
  const config = JSON.stringify({
    architecture: 'arm64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => `sha256:${sha256Of(tar)}`) },
  });
  const configName = `${sha256Of(config)}.json`;
  const layerFiles = tars.map((tar, index) => ({ name: `${index}/layer.tar`, content: pack(tar) }));
  const manifest = [
    { Config: configName, RepoTags: ['hostapp:latest'], Layers: layerFiles.map(({ name }) => name) },
  ];
  const files: readonly TarFile[] = [
    { name: configName, content: config },
    ...layerFiles,
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ];
  const bytes = tarOf(edit === undefined ? files : edit(files));
  const archive = join(await temporaryFolder(), 'hostapp.docker');
  await writeFile(archive, bytes);
  const configSha256 = sha256Of(config);
  return { archive, archiveSha256: sha256Of(bytes), bytes, configSha256, layerSha256: tars.map(sha256Of) };
}
