import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { composeOsContracts } from './compose-os-contracts.ts';
import { createDeviceRepository } from './create-device-repository.ts';

const os = {
  slug: 'balena-os',
  name: 'Balena OS',
  type: 'sw.os',
  version: '2',
  requires: [{ or: ['aarch64', 'amd64'].map((slug) => ({ type: 'arch.sw', slug })) }],
};
const otherOs = { slug: 'debian', name: 'Debian', type: 'sw.os', version: '12' };
const archOf = (arch: string) => ({
  slug: arch,
  version: '1',
  type: 'arch.sw',
  name: `Architecture ${arch}`,
  requires: [{ type: 'hw.device-type', data: { arch } }],
});
const device = {
  slug: 'plain-board',
  version: '1',
  type: 'hw.device-type',
  aliases: ['plain'],
  name: 'Plain Board',
  data: { arch: 'aarch64', led: true },
  partials: { bootDevice: ['Connect power to the {{name}}'] },
};
const ALL = [otherOs, archOf('amd64'), archOf('aarch64'), archOf('mips'), device, os];

const documents = (contracts: readonly unknown[]) =>
  contracts.map((document, index) => ({ file: `contracts/contracts/${index}/contract.json`, document }));

async function compose(contracts: readonly unknown[], slug = 'plain-board') {
  return (await composeOsContracts(documents(contracts), [slug], undefined)).get(slug);
}

describe('composeOsContracts', () => {
  it('makes the contract of a device type, its keys in upstream order', async () => {
    const contract = await compose(ALL);
    expect(contract).toEqual({
      name: 'Balena OS for Plain Board',
      type: 'sw.block',
      description: 'Balena OS for a Plain Board',
      provides: [
        { type: 'sw.os', slug: 'balena-os' },
        { type: 'hw.device-type', slug: 'plain-board' },
      ],
      composedOf: ['balena-os', 'plain-board'],
    });
    expect(Object.keys(Object(contract))).toEqual(['name', 'type', 'description', 'provides', 'composedOf']);
  });

  it('is the same whatever the order of the contracts', async () => {
    expect(await compose(ALL.toReversed())).toEqual(await compose(ALL));
  });

  it('knows a device type by an alias of its contract, and then calls it so', async () => {
    expect(await compose(ALL, 'plain')).toMatchObject({
      name: 'Balena OS for Plain Board',
      composedOf: ['balena-os', 'plain'],
    });
  });

  it('reads files that hold several contracts, and variants', async () => {
    const { slug: _slug, name: _name, data, ...base } = device;
    const variants = [
      { slug: 'board-a', name: 'Board A', data },
      { slug: 'board-b', name: 'Board B', data: { arch: 'amd64' } },
    ];
    const family = { ...base, aliases: [], variants };
    const contracts = [[os, archOf('aarch64'), archOf('amd64')], family];
    expect((await compose(contracts, 'board-b'))?.name).toBe('Balena OS for Board B');
    expect((await compose(contracts, 'board-a'))?.name).toBe('Balena OS for Board A');
  });

  it('writes names as upstream does, also with signs that mean something to others', async () => {
    const named = { ...device, name: 'A "B" & <C>: {{this.slug}} # 1' };
    expect((await compose([...ALL.filter((each) => each !== device), named]))?.name).toBe(
      'Balena OS for A &quot;B&quot; &amp; &lt;C&gt;: plain-board # 1',
    );
  });

  it('ignores what is no contract and what nobody asked for', async () => {
    const strange = [null, 'text', 7, {}, { type: 'hw.device-type', slug: 'other' }, { type: 'sw.stack' }];
    expect(await compose([...strange, ...ALL])).toEqual(await compose(ALL));
  });

  it.each([
    ['contract.os-missing', [otherOs, archOf('aarch64'), device]],
    ['contract.os-missing', [{ ...os, slug: 'windows', name: 'not balena-os' }, archOf('aarch64'), device]],
    ['contract.os-missing', []],
    ['contract.device-type-missing', [os, archOf('aarch64')]],
    ['contract.device-type-missing', [os, archOf('aarch64'), { ...device, slug: 'other', aliases: [] }]],
    ['contract.device-type-missing', [os, archOf('aarch64'), { ...device, slug: 'x', name: 'plain-board' }]],
    ['contract.architecture-missing', [os, device]],
    ['contract.architecture-missing', [os, archOf('aarch64'), { ...device, data: undefined }]],
    ['contract.architecture-missing', [os, archOf('aarch64'), { ...device, data: { arch: 'mips' } }]],
    ['contract.architecture-missing', [os, archOf('mips'), { ...device, data: { arch: 'mips' } }]],
  ])('refuses with %s', async (code, contracts) => {
    await expect(compose(contracts)).rejects.toMatchObject({ kind: 'config', code });
  });

  it('advises to add the missing device type contract, and says what is wrong with an architecture', async () => {
    await expect(compose([os, archOf('aarch64')])).rejects.toMatchObject({
      hint: expect.stringContaining('hw.device-type/plain-board/contract.json'),
    });
    const mips = { ...device, data: { arch: 'mips' } };
    await expect(compose([os, archOf('mips'), mips])).rejects.toThrow('balena-os is not made for mips');
    await expect(compose([os, archOf('aarch64'), mips])).rejects.toThrow('no arch.sw contract for mips');
  });

  it('answers from the cache while no contract that matters changed', async () => {
    const kept = new Map<string, string>();
    const cache = {
      find: async (key: string) => kept.get(key)?.replace('Plain', 'Cached'),
      keep: async (key: string, text: string) => void kept.set(key, text),
    };
    const ask = async (contracts: readonly unknown[]) =>
      (await composeOsContracts(documents(contracts), ['plain-board'], cache)).get('plain-board')?.name;
    expect(await ask(ALL)).toBe('Balena OS for Plain Board');
    expect(await ask([...ALL, { ...device, slug: 'other', aliases: [] }])).toBe('Balena OS for Cached Board');
    const renamed = ALL.map((each) => (each === device ? { ...device, name: 'Plain Desk' } : each));
    expect(await ask(renamed)).toBe('Balena OS for Plain Desk');
  });
});

describe('the contracts of a repository', () => {
  let root = '';
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, unknown>>) {
    root = await mkdtemp(join(tmpdir(), 'osrel-contracts-'));
    for (const [path, document] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      await writeFile(join(root, path), text);
    }
    return createDeviceRepository({ root, describeCheckout: async () => null });
  }

  it('are those of the public and of the private folder', async () => {
    const repository = await write({
      'contracts/contracts/sw.os/balenaos/contract.json': os,
      'contracts/contracts/arch.sw/aarch64/contract.json': archOf('aarch64'),
      'contracts/contracts/arch.sw/aarch64/README.json': '{',
      'contracts/package.json': '{}',
      'private-contracts/contracts/hw.device-type/plain-board/contract.json': device,
    });
    const found = await repository.composeOsContracts(['plain-board', 'plain']);
    expect([...(found ?? [])].map(([slug, { composedOf }]) => [slug, ...composedOf])).toEqual([
      ['plain-board', 'balena-os', 'plain-board'],
      ['plain', 'balena-os', 'plain'],
    ]);
  });

  it('are unknown without the folder, and a submodule that was not fetched is missing', async () => {
    const repository = await write({ 'contracts/.gitkeep': '' });
    expect(await repository.composeOsContracts(['plain-board'])).toBeUndefined();
    await mkdir(join(root, 'contracts/contracts'));
    await expect(repository.composeOsContracts(['plain-board'])).rejects.toMatchObject({
      code: 'contract.os-missing',
    });
  });

  it('are refused with the names of every malformed file', async () => {
    const repository = await write({
      'contracts/contracts/a/contract.json': '{',
      'contracts/contracts/b/contract.json': '[\n1,,2]',
    });
    await expect(repository.composeOsContracts(['x'])).rejects.toMatchObject({
      code: 'contract.malformed',
      problems: [
        { at: 'contracts/contracts/a/contract.json:1:2' },
        { at: 'contracts/contracts/b/contract.json:2:3' },
      ],
    });
  });
});
