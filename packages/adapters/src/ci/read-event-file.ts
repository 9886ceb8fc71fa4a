import { readFile, stat } from 'node:fs/promises';
import { badUsage } from '@osrel/core';

/** GitHub caps its payloads at 25 MB. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/** An event file and how it was named, for messages: `--event` or `GITHUB_EVENT_PATH`. */
export interface EventFile {
  readonly path: string;
  readonly namedBy: string;
}

/**
 * Reads the JSON payload of an event. Throws usage `ci.event-file-missing`, `ci.event-file-unreadable` or
 * `ci.event-file-not-json`, each naming the file and what named it.
 */
export async function readEventFile(file: EventFile): Promise<unknown> {
  const text = await readText(file);
  try {
    const payload: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return payload;
  } catch (error) {
    const reason = text.trim() === '' ? 'it is empty' : messageOf(error);
    throw badUsage('ci.event-file-not-json', `${describe(file)} is no JSON: ${reason}`, {
      cause: error,
      hint: 'give the event payload as GitHub writes it, one JSON object',
    });
  }
}

async function readText(file: EventFile): Promise<string> {
  try {
    const { size } = await stat(file.path);
    if (size <= LIMIT_BYTES) return await readFile(file.path, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
  throw badUsage('ci.event-file-unreadable', `${describe(file)} is larger than ${LIMIT_BYTES} bytes`);
}

function unreadable(file: EventFile, error: unknown) {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (isMissing) {
    return badUsage('ci.event-file-missing', `${describe(file)} does not exist`, {
      cause: error,
      hint: 'name the file with the event payload: osrel auto --event FILE',
    });
  }
  return badUsage('ci.event-file-unreadable', `${describe(file)} cannot be read: ${messageOf(error)}`, {
    cause: error,
    hint: 'check that it is a file and that this user may read it',
  });
}

function describe({ path, namedBy }: EventFile): string {
  return `event file ${path} (${namedBy})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
