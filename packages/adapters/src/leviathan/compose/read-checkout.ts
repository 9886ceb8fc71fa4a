import { join } from 'node:path';
import { badConfig } from '@osrel/core';
import { z } from 'zod';
import { findText } from '../../if-present.ts';

/** What osrel needs to know of a Leviathan checkout to start its containers. */
export interface LeviathanCheckout {
  /** Absolute path. */
  readonly folder: string;
  /** As in its package.json: `2.36.124`. */
  readonly version: string;
  /** Image that its worker is, with `${BALENA_ARCH}` still in it; null when the worker is more than that image. */
  readonly workerImage: string | null;
}

const packageSchema = z.looseObject({ version: z.string().regex(/^[0-9A-Za-z.+-]+$/) });

/** Reads a checkout. Throws config `lab.no-checkout` when it is not there or is something else. */
export async function readCheckout(folder: string): Promise<LeviathanCheckout> {
  const [manifest, compose, dockerfile] = await Promise.all(
    ['package.json', 'docker-compose.client.yml', 'worker/Dockerfile'].map((name) =>
      findText(join(folder, name)),
    ),
  );
  if (manifest === undefined || compose === undefined) {
    const missing = manifest === undefined ? 'package.json' : 'docker-compose.client.yml';
    throw noCheckout(folder, `there is no ${missing} in ${folder}`);
  }
  const parsed = packageSchema.safeParse(parseJson(manifest));
  if (!parsed.success) throw noCheckout(folder, `${folder}/package.json names no version`);
  return { folder, version: parsed.data.version, workerImage: baseImageOf(dockerfile ?? '') };
}

/** The image that a Dockerfile starts from, when it does nothing more; its own defaults filled in. */
function baseImageOf(dockerfile: string): string | null {
  const lines = dockerfile
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const from = lines.flatMap((line) => /^FROM\s+(\S+)$/i.exec(line)?.[1] ?? []);
  const [image] = from;
  if (image === undefined || from.length > 1) return null;
  const defaults = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^ARG\s+(\w+)=(\S+)$/i.exec(line) ?? [];
    if (name !== undefined && value !== undefined) defaults.set(name, value);
    else if (!/^FROM\s/i.test(line)) return null;
  }
  const filled = image.replaceAll(/\$\{(\w+)\}/g, (written, name: string) =>
    name === 'BALENA_ARCH' ? written : (defaults.get(name) ?? written),
  );
  return /\$\{(?!BALENA_ARCH\})/.test(filled) ? null : filled;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Said as "names no version".
  }
}

function noCheckout(folder: string, because: string): Error {
  return badConfig('lab.no-checkout', `no Leviathan checkout to start a core from: ${because}`, {
    hint:
      'git submodule update --init --recursive, or in osrel.yml correct tests.leviathan.checkout or ' +
      'name running cores under tests.leviathan.cores',
    details: { folder },
  });
}
