import { z } from 'zod';
import { IGNORE_MARKER, MANIFEST_NAME, MARKERS } from '../model/published-files.ts';
import type { Step } from './plan.ts';
import { type BalenaNeed, type Ec2Need, NO_NEEDS, type RemoteNeeds } from './remote-needs.ts';

type NeedsOf = (input: unknown) => Partial<RemoteNeeds>;

// Places are never references: they are known when the plan is made.
const folderShape = z.looseObject({ prefix: z.string() });
const keyShape = z.looseObject({ key: z.string() });
const optionalFolderShape = z.looseObject({ prefix: z.string().nullable() });
const movedBackShape = z.looseObject({ key: z.string(), to: z.string().nullable() });
const ledgerShape = z.looseObject({ folder: z.string() });
const suiteShape = z.looseObject({ slug: z.string(), version: z.string(), check: z.unknown() });
const rotationShape = z.looseObject({ changes: z.array(z.looseObject({ to: z.string().nullable() })) });
const imageShape = z.looseObject({ mark: z.string() });
const imageObjectShape = imageShape.extend({ key: z.string() });

const READ_RELEASE: readonly BalenaNeed[] = [
  { resource: 'release', operations: ['read'] },
  { resource: 'release_tag', operations: ['read'] },
];

const TAG_RELEASE: readonly BalenaNeed[] = [
  ...READ_RELEASE,
  { resource: 'release_tag', operations: ['create', 'update'] },
];

const UPDATE_RELEASE: readonly BalenaNeed[] = [
  ...TAG_RELEASE,
  { resource: 'release', operations: ['update'] },
];

const FILL_IMAGE: Partial<RemoteNeeds> = {
  balena: [
    ...READ_RELEASE,
    { resource: 'service', operations: ['create', 'read'] },
    // A row that two made at once is taken back by the one that came second.
    { resource: 'image', operations: ['create', 'read', 'update', 'delete'] },
    { resource: 'image__is_part_of__release', operations: ['create', 'read', 'delete'] },
    { resource: 'image_label', operations: ['create', 'read', 'update'] },
  ],
  registry: ['pull', 'push'],
};

const LOOK_AT_IMAGES: readonly Ec2Need[] = ['DescribeImages'].map((action) => ({ action, mark: null }));
const LOOK_AT_IMPORTS: readonly Ec2Need[] = [
  'DescribeImages',
  'DescribeImportSnapshotTasks',
  'DescribeSnapshots',
].map((action) => ({ action, mark: null }));

/** What each kind of step does to remote services; a test compares the kinds with the registry. */
const NEEDS_OF_KIND: Readonly<Record<string, NeedsOf>> = {
  'open-upload': (input) => {
    const { prefix } = folderShape.parse(input);
    return {
      store: [
        { operation: 'list', place: `${prefix}/*` },
        { operation: 'read', place: `${prefix}/${MANIFEST_NAME}` },
        { operation: 'write', place: `${prefix}/${IGNORE_MARKER}` },
      ],
    };
  },
  'upload-images': (input) => {
    const { prefix } = folderShape.parse(input);
    return {
      store: [
        { operation: 'list', place: `${prefix}/*` },
        { operation: 'read', place: `${prefix}/*` },
        { operation: 'write-file', place: `${prefix}/*` },
        // Leftovers of a half upload, whatever their names.
        { operation: 'remove', place: `${prefix}/*` },
      ],
    };
  },
  'keep-artifacts': (input) => {
    const { prefix } = folderShape.parse(input);
    return {
      store: [
        { operation: 'list', place: `${prefix}/*` },
        { operation: 'read', place: `${prefix}/*` },
        { operation: 'write-file', place: `${prefix}/*` },
        // What an earlier build of the same tree kept there.
        { operation: 'remove', place: `${prefix}/*` },
      ],
    };
  },
  'adopt-artifacts': (input) => {
    const { prefix } = optionalFolderShape.parse(input);
    return prefix === null ? {} : { store: [{ operation: 'read', place: `${prefix}/*` }] };
  },
  'publish-images': (input) => {
    const { prefix } = folderShape.parse(input);
    return {
      store: [
        { operation: 'read', place: `${prefix}/${MANIFEST_NAME}` },
        { operation: 'read', place: `${prefix}/${IGNORE_MARKER}` },
        { operation: 'remove', place: `${prefix}/${IGNORE_MARKER}` },
      ],
    };
  },
  'move-latest': (input) => {
    const { key } = keyShape.parse(input);
    return {
      store: [
        { operation: 'read', place: key },
        { operation: 'write-once', place: key },
      ],
    };
  },
  'move-latest-back': (input) => {
    const { key, to } = movedBackShape.parse(input);
    return {
      store: [
        { operation: 'read', place: key },
        to === null ? { operation: 'remove', place: key } : { operation: 'write-once', place: key },
      ],
    };
  },
  'mark-folder': (input) => {
    const { prefix } = folderShape.parse(input);
    return {
      store: MARKERS.flatMap((name) => [
        { operation: 'read', place: `${prefix}/${name}` },
        { operation: 'write', place: `${prefix}/${name}` },
      ]),
    };
  },
  'record-in-ledger': (input) => {
    const { folder } = ledgerShape.parse(input);
    return {
      store: [
        { operation: 'list', place: `${folder}/*` },
        { operation: 'read', place: `${folder}/*` },
        { operation: 'write-once', place: `${folder}/*` },
      ],
    };
  },
  'run-suite': (input) => {
    const { slug, version, check } = suiteShape.parse(input);
    const receipts = receiptsPlace(slug, version);
    return {
      store: [
        { operation: 'list', place: receipts },
        { operation: 'read', place: receipts },
        { operation: 'write-once', place: receipts },
      ],
      github: check === null ? {} : { checks: 'write' },
    };
  },
  'create-draft': () => ({
    balena: [
      ...READ_RELEASE,
      { resource: 'application', operations: ['read'] },
      { resource: 'application_tag', operations: ['read'] },
      // Of two drafts that were made at once for one release, the second is taken back.
      { resource: 'release', operations: ['create', 'delete'] },
    ],
  }),
  'push-image': () => FILL_IMAGE,
  'copy-image': () => FILL_IMAGE,
  'attach-assets': () => ({
    balena: [...READ_RELEASE, { resource: 'release_asset', operations: ['create', 'read', 'update'] }],
  }),
  'complete-draft': () => ({ balena: UPDATE_RELEASE }),
  'verify-release': (input) => {
    const { prefix } = optionalFolderShape.parse(input);
    const balena = ['release', 'release_tag', 'image', 'release_asset'].map(
      (resource): BalenaNeed => ({ resource, operations: ['read'] }),
    );
    if (prefix === null) return { balena };
    return {
      balena,
      store: [
        { operation: 'list', place: `${prefix}/*` },
        { operation: 'read', place: `${prefix}/*` },
      ],
    };
  },
  'finalize-release': () => ({ balena: UPDATE_RELEASE }),
  'invalidate-release': () => ({ balena: UPDATE_RELEASE }),
  'tag-release': () => ({ balena: TAG_RELEASE }),
  'rotate-esr-tags': (input) => {
    const isAnyRemoved = rotationShape.parse(input).changes.some(({ to }) => to === null);
    return {
      balena: [
        { resource: 'application', operations: ['read'] },
        {
          resource: 'application_tag',
          operations: ['create', 'read', 'update', ...(isAnyRemoved ? (['delete'] as const) : [])],
        },
      ],
    };
  },
  // Only the embedded code host needs to be told.
  'record-pull-request': () => ({}),
  'upload-machine-image': (input) => {
    const { key } = imageObjectShape.parse(input);
    return {
      ec2: LOOK_AT_IMPORTS,
      imageStore: [
        { operation: 'read', place: key },
        { operation: 'write-file', place: key },
      ],
    };
  },
  'import-snapshot': (input) => {
    const { key } = imageObjectShape.parse(input);
    return {
      ec2: [
        ...LOOK_AT_IMPORTS,
        { action: 'ImportSnapshot', mark: null },
        { action: 'CreateTags', mark: null },
      ],
      imageStore: [
        { operation: 'read', place: key },
        { operation: 'write-file', place: key },
        { operation: 'remove', place: key },
      ],
    };
  },
  'register-machine-image': (input) => ({
    ec2: [
      ...LOOK_AT_IMPORTS,
      { action: 'CreateTags', mark: null },
      { action: 'RegisterImage', mark: null },
      { action: 'DeleteSnapshot', mark: imageShape.parse(input).mark },
    ],
  }),
  'run-machine-image-test': (input) => {
    const { mark } = imageShape.parse(input);
    return {
      ec2: [
        ...LOOK_AT_IMAGES,
        { action: 'DescribeSnapshots', mark: null },
        { action: 'CreateTags', mark: null },
        { action: 'DeregisterImage', mark },
        { action: 'DeleteSnapshot', mark },
      ],
    };
  },
};

/** Kinds of steps whose needs are known here; every other one stays on this machine. */
export const REMOTE_STEP_KINDS: readonly string[] = Object.keys(NEEDS_OF_KIND);

/** What the step does to remote services; nothing for a kind that stays on this machine. */
export function needsOfStep(step: Pick<Step, 'kind' | 'with'>): RemoteNeeds {
  return { ...NO_NEEDS, ...NEEDS_OF_KIND[step.kind]?.(step.with) };
}

/** Where the test receipts of a version lie in the store. */
export function receiptsPlace(slug: string, version: string): string {
  return `test-receipts/${slug}/${version}/*`;
}
