import type { Clock, Ports } from '@osrel/core';
import { createReceiptSigning, type ReceiptSigning } from '../receipt-signing.ts';
import type { BeforeCommit } from './atomic-file.ts';
import type { FetchImage } from './copy-local-image.ts';
import { createLocalCodeHost } from './create-local-code-host.ts';
import { createLocalHostappApplications } from './create-local-hostapp-applications.ts';
import { createLocalHostappReleases } from './create-local-hostapp-releases.ts';
import { createLocalObjectStore } from './create-local-object-store.ts';
import { createLocalReleaseAssets } from './create-local-release-assets.ts';
import { createLocalTestReceipts } from './create-local-test-receipts.ts';
import { createReceiptKeyFile } from './create-receipt-key-file.ts';
import { worldLayout } from './world-layout.ts';
import { createWorldLock } from './world-lock.ts';

/** The remote ports of environment `local`. */
export type LocalWorld = Pick<
  Ports,
  'objectStore' | 'hostappApplications' | 'hostappReleases' | 'releaseAssets' | 'codeHost' | 'testReceipts'
>;

export interface LocalWorldOptions {
  /** Absolute path of the repository; the world lies in `<root>/.osrel/world`. */
  readonly root: string;
  readonly clock: Clock;
  /** For tests: called before every change of a file becomes visible. */
  readonly beforeCommit?: BeforeCommit;
  /** How images of registries are had; see `CopyImageRequest`. */
  readonly fetchImage?: FetchImage;
  /** Who signs test receipts, and whose count; default: a key of this world alone. */
  readonly receiptSigning?: ReceiptSigning;
}

/** Wires the embedded world. Nothing is created before the first write; several processes may use one world. */
export function createLocalWorld(options: LocalWorldOptions): LocalWorld {
  const { root, clock, beforeCommit, fetchImage } = options;
  const layout = worldLayout(root);
  const keyFile = createReceiptKeyFile(layout.receiptKey, beforeCommit);
  const { receiptSigning: signing = createReceiptSigning({ keyFile }) } = options;
  const lock = createWorldLock({ folder: layout.locks, clock });
  return {
    objectStore: createLocalObjectStore({ layout, lock, beforeCommit }),
    hostappApplications: createLocalHostappApplications({ layout, lock, beforeCommit }),
    hostappReleases: createLocalHostappReleases({ layout, lock, clock, beforeCommit, fetchImage }),
    releaseAssets: createLocalReleaseAssets({ layout, lock, beforeCommit }),
    codeHost: createLocalCodeHost({ layout, lock, beforeCommit }),
    testReceipts: createLocalTestReceipts({ layout, signing, beforeCommit }),
  };
}
