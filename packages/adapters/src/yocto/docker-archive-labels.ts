import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { findTarFile, type TarContent, TarDefect } from './docker-archive-tar.ts';

const LARGEST_JSON = 16 * 1024 * 1024;
const MOST_INDEXES = 4;

/** What `docker save` writes; an image without a name has null, or nothing, as its RepoTags. */
const manifestSchema = z.array(z.object({ Config: z.string() }));

const configSchema = z.object({
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^[a-z0-9]+:[0-9a-f]{32,128}$/),
});
const layoutSchema = z.object({ manifests: z.array(descriptor).optional(), config: descriptor.optional() });

/**
 * The labels of an archive's one image; none where it has none. Reads manifest.json and the image's configuration, or,
 * in a pure OCI layout, index.json, manifest and configuration. Throws `TarDefect` saying what is missing.
 */
export async function readArchiveLabels(
  file: FileHandle,
  content: TarContent,
): Promise<Readonly<Record<string, string>>> {
  const path = content.has('manifest.json')
    ? await configOfManifest(file, content)
    : await configOfLayout(file, content);
  const { config } = await readJson(file, content, path, configSchema);
  return config?.Labels ?? {};
}

async function configOfManifest(file: FileHandle, content: TarContent): Promise<string> {
  const images = await readJson(file, content, 'manifest.json', manifestSchema);
  const [image] = images;
  // One image of several names is one entry: more entries are more images, and nobody says which one is meant.
  if (image === undefined || images.length > 1) {
    throw new TarDefect(`it holds ${images.length} images, one is needed`);
  }
  return image.Config;
}

async function configOfLayout(file: FileHandle, content: TarContent): Promise<string> {
  let path = 'index.json';
  for (let depth = 0; depth < MOST_INDEXES; depth += 1) {
    const { manifests, config } = await readJson(file, content, path, layoutSchema);
    if (config !== undefined) return blobPath(config.digest);
    const [only] = manifests ?? [];
    if (only === undefined || (manifests ?? []).length > 1) {
      throw new TarDefect(`it holds ${(manifests ?? []).length} images, one is needed`);
    }
    path = blobPath(only.digest);
  }
  throw new TarDefect('its index leads to no image');
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

async function readJson<Value>(
  file: FileHandle,
  content: TarContent,
  path: string,
  schema: z.ZodType<Value>,
): Promise<Value> {
  const entry = findTarFile(content, path);
  if (entry === undefined) throw new TarDefect(`its ${path} is missing`);
  if (entry.sizeBytes > LARGEST_JSON) throw new TarDefect(`its ${path} has ${entry.sizeBytes} bytes`);
  const { buffer } = await file.read(Buffer.alloc(entry.sizeBytes), 0, entry.sizeBytes, entry.offset);
  try {
    return schema.parse(JSON.parse(buffer.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new TarDefect(`its ${path} is malformed`);
    throw error;
  }
}
