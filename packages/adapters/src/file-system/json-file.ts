import { readFile } from 'node:fs/promises';
import { canonicalJsonText, integrityBroken } from '@osrel/core';
import type { z } from 'zod';
import { findText, isMissing } from '../if-present.ts';
import { type BeforeCommit, createFileAtomically, writeFileAtomically } from './atomic-file.ts';

/** The parsed file; undefined when there is none. Throws integrity `world.damaged` naming the file and what is wrong. */
export async function findJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await findText(path);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseText(text, path));
  if (parsed.success) return parsed.data;
  throw integrityBroken('world.damaged', `${path} is not what osrel wrote there`, {
    hint: 'restore the file, or remove it when it was made by hand',
    problems: parsed.error.issues.map((issue) => ({
      at: `${path} ${issue.path.join('.')}`.trim(),
      message: issue.message,
    })),
  });
}

/** The content of a file; undefined when there is none. */
export async function findBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces the file atomically; keys are sorted, so equal values give equal bytes. */
export async function writeJson(path: string, value: unknown, beforeCommit?: BeforeCommit): Promise<void> {
  await writeFileAtomically(path, canonicalJsonText(value), beforeCommit);
}

/** Creates the file; false when it exists. */
export async function createJson(
  path: string,
  value: unknown,
  beforeCommit?: BeforeCommit,
): Promise<boolean> {
  return createFileAtomically(path, canonicalJsonText(value), beforeCommit);
}

function parseText(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw integrityBroken('world.damaged', `${path} holds no JSON`, {
      hint: 'restore the file, or remove it when it was made by hand',
      cause: error,
    });
  }
}
