import type { Clock } from '@osrel/core';

/** What an endpoint can do, kept from run to run; keys are hex digests. A text that is lost is found out again. */
export interface CapabilityCache {
  readonly find: (key: string) => Promise<string | undefined>;
  readonly keep: (key: string, text: string) => Promise<void>;
}

/** A bucket. Credentials come from the SDK's own chain: environment, profile, web identity, container, instance. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** Null: the SDK's own (AWS_REGION, profile), else us-east-1 where an endpoint is named. */
  readonly region: string | null;
  /** Address of an S3-compatible server; null: AWS, or what AWS_ENDPOINT_URL_S3 says. */
  readonly endpoint: string | null;
  /** Bucket in the path instead of the host name; null: true where an endpoint is named. */
  readonly pathStyle: boolean | null;
  /** `canned`: public-read and private as object ACLs; `none`: the policy of the bucket decides. */
  readonly acl: 'canned' | 'none';
  readonly encryption: 'AES256' | 'aws:kms' | 'none';
  /** Only with `aws:kms`; null: the account's own key. */
  readonly kmsKey: string | null;
  readonly clock: Clock;
  readonly capabilityCache: CapabilityCache | undefined;
  /** A text that nobody else gets, such as a UUID: marks writes, probes and claims. */
  readonly random: () => string;
}
