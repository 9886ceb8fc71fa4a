import { z } from 'zod';
import type { LocalImage } from '../container-engine.ts';

const inspected = z
  .tuple([z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() })])
  .rest(z.unknown());
const DIGEST = /[^\s"'[\],]+@sha256:[0-9a-f]{64}/g;
const ID = /^(?:sha256:)?([0-9a-f]{64})$/;

/** What `image inspect` says: its JSON, or a line an engine prints instead; undefined when it names no image. */
export function parseLocalImage(text: string): LocalImage | undefined {
  const parsed = inspected.safeParse(parseJson(text));
  if (!parsed.success) return parseLines(text);
  const [{ Id, RepoDigests }] = parsed.data;
  const id = idOf(Id);
  return id === undefined ? undefined : { id, digests: RepoDigests ?? [] };
}

/** podman tells an id without its algorithm. */
function idOf(text: string): string | undefined {
  const hex = ID.exec(text.trim())?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

function parseLines(text: string): LocalImage | undefined {
  const digests = [...new Set(text.match(DIGEST) ?? [])];
  const [first] = digests;
  const id =
    text
      .split(/\s+/)
      .map(idOf)
      .find((found) => found !== undefined) ?? first?.slice(first.indexOf('@') + 1);
  return id === undefined ? undefined : { id, digests };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
