export interface HostappApplication {
  /** `organization/name`. */
  readonly slug: string;
  readonly isHost: boolean;
  readonly isPublic: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** The device type it is for; its privacy is null where the backend knows no private device types. */
  readonly deviceType: { readonly slug: string; readonly privacy: DeviceTypePrivacy | null } | null;
}

export type DeviceTypePrivacy = 'public' | 'private';

export interface ApplicationWish {
  readonly slug: string;
  readonly deviceType: string;
  /** Tags that the application must have, such as `release-policy: esr`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The applications (fleets) that hostapp releases belong to. */
export interface HostappApplications {
  /** Whether `ensure` makes a missing application; false in a real environment. */
  readonly createsMissing: boolean;
  find(slug: string): Promise<HostappApplication | undefined>;
  /** Makes it where that is allowed, else throws upstream `application.unknown` naming the attributes it needs. */
  ensure(wish: ApplicationWish): Promise<HostappApplication>;
  /** Whether the device type is private; undefined when the backend does not know the slug. */
  findDeviceTypePrivacy(slug: string): Promise<DeviceTypePrivacy | undefined>;
  /** Sets one tag, or removes it (value null), when it still has the value `expected` (null: absent), else throws conflict `application.tag-moved`. */
  writeTag(
    slug: string,
    change: { readonly key: string; readonly value: string | null; readonly expected: string | null },
  ): Promise<void>;
}
