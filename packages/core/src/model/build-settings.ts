import { z } from 'zod';

/** Where a cache keeps its files. */
const cacheStoreSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('directory'),
    /** Absolute, or relative to the repository root. */ path: z.string(),
  }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: z.string(),
    /** Key prefix without a slash at either end; may be empty. */
    prefix: z.string(),
    region: z.string().nullable(),
    endpoint: z.string().nullable(),
    /** Environment variables that hold the credentials; null: the usual AWS chain. */
    credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }).nullable(),
  }),
]);
export type CacheStore = z.infer<typeof cacheStoreSchema>;

const containerSettingsSchema = z.strictObject({
  engine: z.enum(['auto', 'docker', 'podman']),
  /** Image reference; null: the helper image of the checked-out balena-yocto-scripts. */
  image: z.string().nullable(),
  /** Numeric user and group the build runs as; null: those of the caller. */
  user: z.strictObject({ uid: z.number().int(), gid: z.number().int() }).nullable(),
  /** Backend the build asks for public images: BALENA_API_ENV. */
  apiEnvironment: z.string(),
});
export type ContainerSettings = z.infer<typeof containerSettingsSchema>;

/**
 * How one service is built, whatever the front end: what barys takes as options and bitbake as settings
 * (balena-automation 1.2 and 1.5). Settled by the planner; holds names of secrets, never their values.
 */
export const buildSettingsSchema = z.strictObject({
  frontEnd: z.enum(['barys', 'bitbake', 'kas', 'command']),
  /** Null: on this machine itself. */
  container: containerSettingsSchema.nullable(),
  /** Name of the build folder below the repository root. */
  buildDirectory: z.string(),
  /** Folder of `bblayers.conf.sample`; null: chosen by layer priority (balena-automation 1.6). */
  templates: z.string().nullable(),
  /** Remove the build folder first. */
  fresh: z.boolean(),
  /** bitbake -k: go on with what does not depend on a failed task. */
  continueAfterFailure: z.boolean(),
  /** bitbake targets; empty: the service's recipe, or the device type's image. */
  targets: z.array(z.string()),
  bitbakeArguments: z.array(z.string()),
  developmentImage: z.boolean(),
  compressImage: z.boolean(),
  removeWork: z.boolean(),
  buildHistory: z.boolean(),
  supervisorVersion: z.string().nullable(),
  /** Absolute, or relative to the repository root; null: inside the build folder. */
  downloads: z.string().nullable(),
  /** The same for shared state; the planner has put slug and signing into the path. */
  sharedState: z.string().nullable(),
  /** `NAME = "value"`, in order; a later one of the same name wins. */
  variables: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  /** bitbake variables whose value is in an environment variable of osrel. */
  secretVariables: z.array(z.strictObject({ name: z.string(), env: z.string() })),
  /** Address that sources are fetched from when their own site fails, and where new downloads go. */
  sourceMirror: z.strictObject({ read: z.string().nullable(), write: cacheStoreSchema.nullable() }),
  /** Shared state of earlier builds under a key of its own; `save` also after a failed build. */
  stateCache: z
    .strictObject({
      store: cacheStoreSchema,
      key: z.string(),
      read: z.string().nullable(),
      save: z.boolean(),
    })
    .nullable(),
  /** `host:port` of a hash equivalence server, or `auto`; null: as the layers say. */
  hashEquivalence: z.string().nullable(),
  /** For `kas`: the existing kas file, relative to the root. */
  kasFile: z.string().nullable(),
  /** For `command`: the program, and where it leaves its files (relative to the root). */
  command: z
    .strictObject({ words: z.array(z.string()), assetRoot: z.string(), imagesDirectory: z.string() })
    .nullable(),
});

export type BuildSettings = z.infer<typeof buildSettingsSchema>;
export type FrontEndName = BuildSettings['frontEnd'];

/** A build without any wish: what barys does without options. */
export const PLAIN_BUILD: BuildSettings = {
  frontEnd: 'barys',
  container: null,
  buildDirectory: 'build',
  templates: null,
  fresh: false,
  continueAfterFailure: false,
  targets: [],
  bitbakeArguments: [],
  developmentImage: false,
  compressImage: false,
  removeWork: false,
  buildHistory: false,
  supervisorVersion: null,
  downloads: null,
  sharedState: null,
  variables: [],
  secretVariables: [],
  sourceMirror: { read: null, write: null },
  stateCache: null,
  hashEquivalence: null,
  kasFile: null,
  command: null,
};
