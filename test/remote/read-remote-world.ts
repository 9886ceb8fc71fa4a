import { receiptText } from '../pipeline/receipt-text.ts';
import type { RemoteServers } from './remote-servers.ts';
import { type RemoteView, sha256Of, type ViewedRelease, viewRemoteWorld } from './view-remote-world.ts';

/**
 * Everything the three servers hold, by names instead of ids: two worlds are equal when these are. Times and what chance
 * named are left out: they tell when and where a thing happened, not whether.
 */
export function readRemoteWorld(servers: RemoteServers): unknown {
  const view = viewRemoteWorld(servers);
  const { world } = servers.balena;
  return {
    applications: world.rows('application').map(({ id, slug }) => ({
      slug,
      tags: world
        .rows('application_tag')
        .filter((row) => row.application === id)
        .map(({ tag_key, value }) => `${tag_key}=${value}`)
        .sort(),
    })),
    releases: view.releases.map(describeRelease).sort(byText),
    // Rows that belong to nothing would be work done twice.
    images: world.rows('image').length,
    services: world.rows('service').map((row) => String(row.service_name)),
    objects: describeObjects(view),
    openUploads: servers.s3.world.uploads.size,
    blobs: [...servers.registry.state.blobs.keys()].sort(),
  };
}

/** Lines of the one world that the other has not, and the reverse; nothing for equal worlds. */
export function differences(found: unknown, expected: unknown): readonly string[] {
  const [ours, theirs] = [found, expected].map((world) => JSON.stringify(world, null, 1).split('\n'));
  const only = (sign: string, lines: readonly string[] = [], others: readonly string[] = []) =>
    lines.filter((line) => !others.includes(line)).map((line) => `${sign} ${line.trim()}`);
  const lines = [...only('+', ours, theirs), ...only('-', theirs, ours)];
  const isOther = lines.length === 0 && ours?.length !== theirs?.length;
  return isOther ? ['the same lines, but not as often'] : lines;
}

function describeRelease({ application, version, row, tags, assets, images }: ViewedRelease): unknown {
  return {
    application,
    version,
    final: row.is_final,
    status: row.status,
    revision: row.revision,
    invalidated: row.is_invalidated,
    because: row.invalidation_reason,
    composition: row.composition,
    contract: row.contract,
    tags: timeless(JSON.stringify(tags)),
    assets: [...assets].map(([key, bytes]) => `${key} ${bytes === null ? 'empty' : sha256Of(bytes)}`).sort(),
    images: images.map(({ service, labels, row: image, isPullable }) => ({
      service,
      labels,
      isPullable,
      status: image.status,
      digest: image.content_hash,
    })),
  };
}

/** A receipt is named by its digest, and tells the time. */
const RECEIPT = /^test-receipts\/(.+)-[0-9a-f]{16}\.json$/;

function describeObjects({ objects }: RemoteView): readonly string[] {
  // A try of what the store can do, left behind by a machine that lost the network there; no listing shows it.
  const own = [...objects].filter(([key]) => !key.includes('osrel-probe'));
  const described = own.map(([key, { bytes, acl, contentType }]) => {
    const isTimed = /^ledger\/|\/(WITHDRAWN|HELD)$/.test(key);
    const text = bytes.toString();
    const told = RECEIPT.test(key) ? receiptText(text) : text;
    const content = isTimed || RECEIPT.test(key) ? timeless(told) : sha256Of(bytes);
    return `${timeless(key.replace(RECEIPT, 'test-receipts/$1'))} ${acl} ${contentType} ${content}`;
  });
  // The same suite may have passed twice: that is evidence twice, not work twice in the world of readers.
  return [...new Set(described)].sort();
}

function timeless(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, '<time>')
    .replaceAll(/\d{8}T\d{6,9}Z/g, '<time>')
    .replaceAll(/(?<=[-"])1\d{12}(?=[-+".])/g, '<epoch>')
    .replaceAll(/"(planId|previous)": ?"[^"]*"/g, '"$1":"<of the run>"');
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
