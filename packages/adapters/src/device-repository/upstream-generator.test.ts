import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parseDeviceType, renderDeviceTypeJson } from '@osrel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeviceRepository } from './create-device-repository.ts';
import { TEST_DEVICE_TYPES } from './test-device-types.ts';

const require = createRequire(import.meta.url);
const EXAMPLE = join(import.meta.dirname, '../../../../examples/device-repository');

/** What upstream's script feeds to Node for each file (balena-automation 1.15), for all files at once. */
const GENERATOR = `
  require(process.argv[1]);
  const library = require('@resin.io/device-types');
  const fs = require('fs');
  for (const file of fs.readdirSync('.').filter((each) => each.endsWith('.coffee'))) {
    const slug = file.replace(/\\.coffee$/, '');
    const manifest = library.buildManifest(require(process.cwd() + '/' + file), slug);
    fs.writeFileSync(slug + '.expected', JSON.stringify(manifest, null, '\\t') + '\\n');
  }`;

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'osrel-generator-'));
  for (const [base, text] of Object.entries(TEST_DEVICE_TYPES)) {
    await writeFile(join(root, `${base}.coffee`), text);
  }
  for (const name of (await readdir(EXAMPLE)).filter((each) => each.endsWith('.coffee'))) {
    await writeFile(join(root, `example-${name}`), await readFile(join(EXAMPLE, name)));
  }
  await mkdir(join(root, 'node_modules/@resin.io'), { recursive: true });
  const library = dirname(require.resolve('@resin.io/device-types/package.json'));
  await symlink(library, join(root, 'node_modules/@resin.io/device-types'));
  await promisify(execFile)(process.execPath, ['-e', GENERATOR, require.resolve('coffee-script/register')], {
    cwd: root,
  });
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('the device-type JSON', () => {
  it('is byte for byte what the published generator writes, for every file', async () => {
    const repository = createDeviceRepository({ root, describeCheckout: async () => null });
    const documents = await repository.listDeviceTypes();
    expect(documents.length).toBeGreaterThan(Object.keys(TEST_DEVICE_TYPES).length);
    for (const document of documents) {
      const expected = await readFile(join(root, `${document.baseName}.expected`), 'utf8');
      expect(renderDeviceTypeJson(parseDeviceType(document.document, document))).toBe(expected);
    }
  });

  it('is that also when YAML or JSON holds the same device type', async () => {
    const other = await mkdtemp(join(tmpdir(), 'osrel-documents-'));
    const document = {
      name: 'Text',
      state: 'new',
      instructions: { linux: ['<%= TYPE_NAME %> <%= GETTING_STARTED_LINK %>'] },
      gettingStartedLink: { linux: 'https://docs.example.org/<1>' },
      arch: 'amd64',
      yocto: { machine: 'text', deployArtifact: 'text.img' },
    };
    await writeFile(join(other, 'text-a.json'), JSON.stringify(document));
    // JSON is YAML.
    await writeFile(join(other, 'text-b.yml'), JSON.stringify(document));
    const build = createDeviceRepository({ root: other, describeCheckout: async () => null });
    const [json, yaml] = (await build.listDeviceTypes()).map((each) => each.document);
    expect(yaml).toEqual({ ...Object(json), slug: 'text-b' });
    expect(json).toMatchObject({
      slug: 'text-a',
      name: 'Text (NEW)',
      instructions: { linux: ['Text https://docs.example.org/<1>'] },
    });
    await writeFile(join(other, 'text-a.json'), JSON.stringify(json));
    expect((await build.listDeviceTypes())[0]?.document).toEqual(json);
    await rm(other, { recursive: true });
  });
});
