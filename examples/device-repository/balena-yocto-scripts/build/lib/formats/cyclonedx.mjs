import { sha256, stableUuid } from './stable-id.mjs';

/**
 * A CycloneDX 1.5 bill of materials: the image, its packages and every file with its digest.
 * @param {{ image: string, machine: string, version: string, epochSeconds: number, tree: Map<string, object>,
 *   packages: { name: string, version: string, license: string, summary: string }[] }} system
 */
export function cyclonedxOf({ image, machine, version, epochSeconds, tree, packages }) {
  const components = [...packages.map(packageComponent), ...fileComponents(tree)];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${stableUuid('cyclonedx', image, machine, version, JSON.stringify(components))}`,
    version: 1,
    metadata: {
      timestamp: new Date(epochSeconds * 1000).toISOString(),
      component: {
        type: 'operating-system',
        'bom-ref': `${image}-${machine}`,
        name: `${image}-${machine}`,
        version,
      },
    },
    components,
  };
}

function packageComponent({ name, version, license, summary }) {
  return {
    type: 'library',
    'bom-ref': `package:${name}@${version}`,
    name,
    version,
    description: summary,
    licenses: [{ license: { name: license } }],
  };
}

function fileComponents(tree) {
  return [...tree]
    .filter(([, entry]) => entry.kind === 'file')
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([path, { bytes }]) => ({
      type: 'file',
      'bom-ref': `file:/${path}`,
      name: `/${path}`,
      hashes: [{ alg: 'SHA-256', content: sha256(bytes) }],
    }));
}
