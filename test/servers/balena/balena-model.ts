/** One resource of the API: what its columns refer to, what refers to it, and which columns together are unique. */
export interface Resource {
  /** Columns with their value in a new row; a column that is not here is unknown to the server. */
  readonly columns: Readonly<Record<string, unknown>>;
  /** Column -> resource whose id it holds. */
  readonly references: Readonly<Record<string, string>>;
  /** Name under which rows that refer here are expanded -> that resource and its column. */
  readonly referredBy: Readonly<Record<string, { readonly resource: string; readonly column: string }>>;
  readonly unique: readonly (readonly string[])[];
  /** Columns whose numbers are shown as text, as big integers are. */
  readonly shownAsText: readonly string[];
  /** Column -> the only values it takes. */
  readonly allowed: Readonly<Record<string, readonly string[]>>;
}

const resource = (change: Partial<Resource>): Resource => ({
  columns: {},
  references: {},
  referredBy: {},
  unique: [],
  shownAsText: [],
  allowed: {},
  ...change,
});

const tagOf = (owner: string, key: string): Resource =>
  resource({
    columns: { [owner]: null, [key]: null, value: null },
    references: { [owner]: owner },
    unique: [[owner, key]],
  });

const STATUSES = ['cancelled', 'error', 'failed', 'interrupted', 'running', 'success'];

const release = resource({
  columns: {
    belongs_to__application: null,
    commit: null,
    composition: null,
    status: null,
    source: null,
    build_log: null,
    is_invalidated: false,
    start_timestamp: null,
    end_timestamp: null,
    update_timestamp: null,
    release_version: null,
    contract: null,
    is_passing_tests: true,
    is_finalized_at__date: null,
    phase: null,
    is_final: true,
    semver: '0.0.0',
    semver_major: 0,
    semver_minor: 0,
    semver_patch: 0,
    semver_prerelease: '',
    semver_build: '',
    variant: '',
    revision: null,
    raw_version: null,
    version: null,
    known_issue_list: null,
    note: null,
    invalidation_reason: null,
  },
  references: { belongs_to__application: 'application' },
  referredBy: {
    release_tag: { resource: 'release_tag', column: 'release' },
    release_asset: { resource: 'release_asset', column: 'release' },
    release_image: { resource: 'image__is_part_of__release', column: 'is_part_of__release' },
  },
  allowed: { status: STATUSES },
});

const application = resource({
  columns: {
    actor: null,
    should_track_latest_release: true,
    is_of__class: 'fleet',
    organization: null,
    app_name: null,
    slug: null,
    is_for__device_type: null,
    should_be_running__release: null,
    application_type: null,
    is_host: false,
    is_archived: false,
    uuid: null,
    is_public: false,
  },
  references: {
    actor: 'actor',
    organization: 'organization',
    is_for__device_type: 'device_type',
    application_type: 'application_type',
    should_be_running__release: 'release',
  },
  referredBy: {
    application_tag: { resource: 'application_tag', column: 'application' },
    owns__device: { resource: 'device', column: 'belongs_to__application' },
    owns__release: { resource: 'release', column: 'belongs_to__application' },
    service: { resource: 'service', column: 'application' },
  },
  unique: [['slug']],
});

const device = resource({
  columns: {
    uuid: null,
    device_name: null,
    is_online: false,
    is_web_accessible: false,
    belongs_to__application: null,
  },
  references: { belongs_to__application: 'application' },
  referredBy: { device_tag: { resource: 'device_tag', column: 'device' } },
  unique: [['uuid']],
});

const image = resource({
  columns: {
    start_timestamp: null,
    end_timestamp: null,
    dockerfile: null,
    is_a_build_of__service: null,
    image_size: null,
    is_stored_at__image_location: null,
    project_type: null,
    error_message: null,
    build_log: null,
    push_timestamp: null,
    status: null,
    content_hash: null,
    contract: null,
  },
  references: { is_a_build_of__service: 'service' },
  referredBy: { release_image: { resource: 'image__is_part_of__release', column: 'image' } },
  shownAsText: ['image_size'],
  allowed: { status: STATUSES },
});

/** The part of the API's data model that hostapp releases and test rigs touch, with the names of v7. */
export const MODEL: Readonly<Record<string, Resource>> = {
  organization: resource({ columns: { handle: null, name: null } }),
  application_type: resource({ columns: { slug: null } }),
  device_type: resource({
    columns: { slug: null, name: null, is_private: false },
    referredBy: { device_type_alias: { resource: 'device_type_alias', column: 'references__device_type' } },
  }),
  device_type_alias: resource({
    columns: { is_referenced_by__alias: null, references__device_type: null },
    references: { references__device_type: 'device_type' },
  }),
  application,
  application_tag: tagOf('application', 'tag_key'),
  device,
  device_tag: tagOf('device', 'tag_key'),
  release,
  release_tag: tagOf('release', 'tag_key'),
  release_asset: resource({
    columns: { release: null, asset_key: null, asset: null },
    references: { release: 'release' },
    unique: [['release', 'asset_key']],
  }),
  service: resource({
    columns: { application: null, service_name: null },
    references: { application: 'application' },
    unique: [['application', 'service_name']],
  }),
  image,
  image__is_part_of__release: resource({
    columns: { image: null, is_part_of__release: null },
    references: { image: 'image', is_part_of__release: 'release' },
    referredBy: { image_label: { resource: 'image_label', column: 'release_image' } },
    unique: [['image', 'is_part_of__release']],
  }),
  image_label: resource({
    columns: { release_image: null, label_name: null, value: null },
    references: { release_image: 'image__is_part_of__release' },
    unique: [['release_image', 'label_name']],
  }),
};

/** Other names of resources. */
export const RESOURCE_ALIASES: Readonly<Record<string, string>> = {
  release_image: 'image__is_part_of__release',
};
