import { z } from 'zod';

const text = z.string().min(1);
const flag = z.boolean();

/** Settings that suites read as `this.suite.options`, under the names of Leviathan (leviathan 2). */
const configPart = z.strictObject({
  networkWired: flag,
  networkWireless: flag,
  /** `latest` or a semver range: the release that hup starts from. */
  downloadVersion: z.exactOptional(text),
  downloadImageType: z.exactOptional(z.enum(['raw', 'flasher'])),
  /** Empty where the suite gets by without an account. */
  balenaApiKey: z.string(),
  /** Bare domain: Leviathan puts `https://api.` before it. */
  balenaApiUrl: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?$/, 'needs a bare domain'),
  /** Organization of test fleets, and user name at the ssh proxy. */
  organization: text,
  sshConfig: z.strictObject({ host: text, port: z.number().int().min(1).max(65_535) }),
  tmpdir: z.exactOptional(text),
  repl: z.exactOptional(flag),
  supervisorDelta: z.exactOptional(flag),
  installerForceMigration: z.exactOptional(flag),
});

const debugPart = z.strictObject({
  failFast: flag,
  globalFailFast: flag,
  preserveDownloads: flag,
  // Leviathan prunes empty lists, and the hup suite then calls `push` of nothing.
  unstable: z.array(z.string()).min(1, "needs at least ['']"),
  dev: z.exactOptional(flag),
});

/** Rigs by address, or fleets to look for one in; the key is demanded by Leviathan's schema and never read there. */
const workersPart = z.union([
  z.array(z.url()).length(1, 'needs one address: each further one would be another run of the suite'),
  z.strictObject({ balenaApplication: z.array(text).min(1), apiKey: text }),
]);

/**
 * The whole config.json of one suite, every field that Leviathan knows (leviathan 2). Stricter than the client's own
 * schema: what that lets through and the client or the core then fall over is refused here.
 */
export const suiteSettingsSchema = z.strictObject({
  deviceType: text,
  suite: text,
  config: configPart,
  /** `false`: the suite gets an empty image. */
  image: z.union([text, z.literal(false)]),
  kernelHeaders: z.exactOptional(text),
  workers: workersPart,
  /** Without it the client throws a TypeError. */
  debug: debugPart,
  /** Address of the rig as the core sees it; the client adds it itself. */
  workerUrl: z.exactOptional(z.url()),
});

export type SuiteSettings = z.infer<typeof suiteSettingsSchema>;
