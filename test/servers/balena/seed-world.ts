import type { BalenaWorld } from './balena-world.ts';
import { insertRow } from './write-rows.ts';

export interface DeviceTypeSeed {
  readonly slug: string;
  readonly aliases?: readonly string[];
  readonly isPrivate?: boolean;
}

export interface ApplicationSeed {
  /** `organization/name`. */
  readonly slug: string;
  readonly deviceType?: string;
  readonly isHost?: boolean;
  readonly isPublic?: boolean;
  readonly class?: 'app' | 'fleet' | 'block';
  readonly tags?: Readonly<Record<string, string>>;
}

/** A device type, known by its slug and its aliases. Answers its id. */
export function addDeviceType(
  world: BalenaWorld,
  { slug, aliases = [], isPrivate = false }: DeviceTypeSeed,
): number {
  const { id } = insertRow(world, 'device_type', { slug, name: slug, is_private: isPrivate });
  for (const alias of new Set([slug, ...aliases]))
    insertRow(world, 'device_type_alias', { is_referenced_by__alias: alias, references__device_type: id });
  return id;
}

/** An application as an operator makes it for hostapps; organization and device type are made when missing. Answers its id. */
export function addApplication(world: BalenaWorld, seed: ApplicationSeed): number {
  const [handle = '', name = ''] = seed.slug.split('/');
  const { deviceType = 'raspberrypi4-64', tags = {} } = seed;
  const { id } = insertRow(world, 'application', {
    app_name: name,
    organization: addOrganization(world, handle),
    is_for__device_type:
      world.rows('device_type').find(({ slug }) => slug === deviceType)?.id ??
      addDeviceType(world, { slug: deviceType }),
    is_host: seed.isHost ?? true,
    is_public: seed.isPublic ?? true,
    is_of__class: seed.class ?? 'app',
  });
  for (const [tag_key, value] of Object.entries(tags))
    insertRow(world, 'application_tag', { application: id, tag_key, value });
  return id;
}

/** The id of an organization, which is made when it is missing. */
export function addOrganization(world: BalenaWorld, handle: string): number {
  return (
    world.rows('organization').find((row) => row.handle === handle)?.id ??
    insertRow(world, 'organization', { handle }).id
  );
}
