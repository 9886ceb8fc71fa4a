import { createHash, type Hash } from 'node:crypto';
import type { ImagePart, PreparedPart } from '@osrel/core';
import type { StagedOutput, StagedPart } from './staged-output.ts';

/** A compressed block in the order of the image. */
export interface CompressedBlock {
  readonly part: ImagePart;
  readonly endsPart: boolean;
  readonly bytes: Buffer;
  /** CRC-32 of the part's plain bytes up to and with this block. */
  readonly plainCrc: number;
}

/** Writes blocks into part files and counts what `image.json` says of them. */
export interface PartWriter {
  write(block: CompressedBlock): Promise<void>;
  /** Waits until every part is on disk; returns them in order. */
  finish(): Promise<readonly PreparedPart[]>;
  /** Closes whatever is open after a failure; does not throw. */
  abandon(): Promise<void>;
}

interface OpenPart {
  readonly file: StagedPart;
  readonly hash: Hash;
  readonly zLen: number;
}

/** Starts writing parts into a staged output. A finished part is flushed while the next one is being compressed. */
export function createPartWriter(output: StagedOutput): PartWriter {
  const parts: PreparedPart[] = [];
  let closing: Promise<void> = Promise.resolve();
  let current: OpenPart | undefined;
  const closeInBackground = async (file: StagedPart) => {
    // One flush at a time bounds the open files of an image with very many parts.
    await closing;
    closing = file.close();
    // Thrown by the next close or by finish; until then it must not count as unhandled.
    closing.catch(() => undefined);
  };
  return {
    write: async ({ part, endsPart, bytes, plainCrc }) => {
      const open = current ?? {
        file: await output.openPart(part.filename),
        hash: createHash('sha256'),
        zLen: 0,
      };
      current = { ...open, zLen: open.zLen + bytes.length };
      open.hash.update(bytes);
      await open.file.append(bytes);
      if (!endsPart) return;
      parts.push(describePart(part, current, plainCrc));
      current = undefined;
      await closeInBackground(open.file);
    },
    finish: async () => {
      await closing;
      return parts;
    },
    abandon: async () => {
      await Promise.allSettled([closing, current?.file.drop()]);
    },
  };
}

function describePart(part: ImagePart, written: OpenPart, crc: number): PreparedPart {
  return {
    filename: part.filename,
    crc,
    len: part.lengthBytes,
    zLen: written.zLen,
    ...(part.partitionIndex === undefined ? {} : { partitionIndex: `(${part.partitionIndex})` }),
    sha256: written.hash.digest('hex'),
  };
}
