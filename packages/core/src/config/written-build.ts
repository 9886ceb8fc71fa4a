import { z } from 'zod';
import {
  BITBAKE_TARGET,
  problemOfBuildDirectory,
  problemOfTemplates,
  SUPERVISOR_VERSION,
} from '../model/bitbake-names.ts';
import { cacheStore, sharedStateCache } from './written-caches.ts';
import {
  address,
  choice,
  matching,
  named,
  pathBelowRoot,
  plainFolder,
  secret,
  secretSource,
  section,
  VARIABLE,
} from './written-parts.ts';

const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
const USER = /^[1-9][0-9]{0,9}:[1-9][0-9]{0,9}$/;
const HASH_SERVER = /^(auto|[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5})$/;
const SIGNING_SERVER =
  /^(https:\/\/[^\s/@?#]+|http:\/\/(localhost|127\.0\.0\.1)(:[0-9]{1,5})?)(\/[^\s?#]*)?$/;
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Text that a rule of the model judges; its answer is the message. */
const judged = (judge: (text: string) => string | undefined, description: string) =>
  z
    .string()
    .superRefine((text, issues) => {
      const message = judge(text);
      if (message !== undefined) issues.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe(description);

const words = (description: string) =>
  z.array(z.string().min(1, 'must not be empty')).optional().describe(description);

const container = z
  .union(
    [
      z.boolean(),
      z.enum(['docker', 'podman']),
      z.strictObject({
        engine: z
          .enum(['auto', 'docker', 'podman'], 'needs "auto", "docker" or "podman"')
          .optional()
          .describe('Program that runs containers; `auto` takes the first that works.'),
        image: matching(
          IMAGE,
          'needs an image reference',
          'Image to build in; the helper image of the checked-out balena-yocto-scripts when left out.',
        ),
        user: matching(
          USER,
          'needs "UID:GID", two numbers that are not 0',
          'User and group that the build runs as; the caller when left out.',
        ),
      }),
    ],
    'needs true, false, "docker", "podman" or a map of engine, image and user',
  )
  .nullish()
  .describe('Whether barys runs in a container, and in which.');

const signing = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        api: matching(
          SIGNING_SERVER,
          'needs an https address without user and password',
          'Address of the signing server (SIGN_API); https://sign.balena-cloud.com when left out, with its key ids.',
        ),
        key: secret('Key of the signing server (SIGN_API_KEY).'),
        'grub-key-id': matching(KEY_ID, 'needs the id of a key', 'GPG key for GRUB (SIGN_GRUB_KEY_ID).'),
        'kmod-key-append': secret(
          'Certificates the kernel must trust for modules (SIGN_KMOD_KEY_APPEND); the built kernel is checked for them.',
        ),
        'hab-pki-id': matching(KEY_ID, 'needs the id of a PKI', 'PKI for NXP HAB (SIGN_HAB_PKI_ID).'),
        'rsa-key-id': matching(KEY_ID, 'needs the id of a key', 'RSA key for boot files (SIGN_RSA_KEY_ID).'),
      }),
    ],
    'needs false or a map of api, key and key ids',
  )
  .nullish()
  .describe(
    'Secure boot: how the hostapp is signed. Not signed when left out; `false` takes it off a machine.',
  );

const variableValue = z
  .union(
    [z.string(), z.int()],
    'needs text or a whole number; other values need quotes, such as "yes" or "1.10"',
  )
  .describe('Its value; bitbake expands variables in it.');

/** How something is built: the keys of `build`, and of a machine over them. */
export const buildSection = z.strictObject({
  frontend: z
    .enum(['barys', 'bitbake', 'kas', 'command'], 'needs "barys", "bitbake", "kas" or "command"')
    .optional()
    .describe('Program that starts the build.'),
  container,
  args: words('Arguments for the build in the language of barys, for the hostapp: `-d`, `-a NAME=VALUE`.'),
  directory: judged(problemOfBuildDirectory, 'Name of the build folder below the repository root.'),
  templates: judged(
    problemOfTemplates,
    'Folder of bblayers.conf.sample, absolute or below layers/; chosen by layer priority when left out.',
  ),
  'development-image': choice('Build the development variant of the OS (OS_DEVELOPMENT).'),
  'compress-image': choice('Compress the raw image with xz (BALENA_RAW_IMG_COMPRESSION).'),
  'rm-work': choice(
    'Remove the work folder of each recipe once it is built. In a container it is the default.',
  ),
  'build-history': choice('Keep a build history.'),
  continue: choice('Go on with what does not depend on a failed task (bitbake -k).'),
  fresh: choice('Remove the build folder before the build.'),
  'supervisor-version': matching(
    SUPERVISOR_VERSION,
    'needs a version such as 17.0.1',
    'Version of the supervisor in the OS.',
  ),
  targets: z
    .array(z.string().regex(BITBAKE_TARGET, 'needs the name of a bitbake target'))
    .optional()
    .describe('What bitbake builds for the hostapp; the image of the device type when left out.'),
  'bitbake-args': words('Arguments for bitbake itself.'),
  variables: section(z.record(z.string(), variableValue), 'Variables of bitbake for the hostapp.'),
  secrets: section(
    named(VARIABLE, 'needs the name of a variable: letters, digits, underscore', secretSource),
    'Variables of bitbake whose value is a secret, by the environment variable that holds it.',
  ),
  downloads: plainFolder('Folder for downloaded sources, shared by all machines (DL_DIR).'),
  sstate: plainFolder(
    'Folder for shared state (SSTATE_DIR); each device type has its own folder in it, and signed builds another.',
  ),
  'source-mirror': section(
    z.strictObject({
      read: address('Address that sources are fetched from when their own site fails.'),
      write: section(cacheStore, 'Where new downloads are published.'),
    }),
    'Copies of the sources.',
  ),
  'sstate-cache': section(sharedStateCache, 'Shared state of earlier builds, kept also after a failed one.'),
  'hash-equivalence': matching(
    HASH_SERVER,
    'needs "auto" or host:port',
    'Hash equivalence server, or `auto` for one of the build’s own.',
  ),
  signing,
  kas: section(
    z.strictObject({
      file: pathBelowRoot('The kas file.'),
    }),
    'For front end `kas`.',
  ),
  command: section(
    z.strictObject({
      run: words('Program and arguments.'),
      assets: pathBelowRoot('Folder that the build’s files are in; `{machine}` and `{slug}` are filled in.'),
      images: pathBelowRoot('Folder of the images; `images/{machine}` below the assets when left out.'),
    }),
    'For front end `command`.',
  ),
});

export type WrittenBuild = z.infer<typeof buildSection>;
