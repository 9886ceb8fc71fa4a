import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'osrel-contract-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A file with its announced size and digest. */
export async function fileWith(
  content: string | Uint8Array,
): Promise<{ file: string; sizeBytes: number; sha256: string }> {
  const bytes = Buffer.from(content);
  const file = join(await temporaryFolder(), 'content');
  await writeFile(file, bytes);
  return { file, sizeBytes: bytes.length, sha256: sha256Of(bytes) };
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
