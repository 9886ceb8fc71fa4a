import { describe, expect, it } from 'vitest';
import { OsrelError } from '../errors/osrel-error.ts';
import { composeOsContract, type OsContractRequest } from './contract.ts';
import { parseOsVersion } from './os-version.ts';

const os = { type: 'sw.os', slug: 'balena-os', name: 'balenaOS', version: '2' };
const debian = { type: 'sw.os', slug: 'debian', name: 'Debian' };
const arch = { type: 'arch.sw', slug: 'aarch64', name: 'ARM v8' };
const device = {
  type: 'hw.device-type',
  slug: 'raspberrypi4-64',
  name: 'Raspberry Pi 4',
  data: { arch: 'aarch64' },
};

function request(change: Partial<OsContractRequest> = {}): OsContractRequest {
  return {
    contracts: [debian, arch, device, os],
    deviceType: { slug: 'raspberrypi4-64', name: 'Pi from the file', arch: 'aarch64', aliases: [] },
    version: parseOsVersion('v6.5.1+rev2'),
    secureBoot: 'unsigned',
    ...change,
  };
}

function codeOf(change: Partial<OsContractRequest>): string {
  try {
    composeOsContract(request(change));
  } catch (error) {
    if (error instanceof OsrelError && error.kind === 'config') return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe('composeOsContract', () => {
  it('makes the contract of one device type from the contracts', () => {
    expect(composeOsContract(request())).toEqual({
      origin: 'contracts',
      contract: {
        name: 'balenaOS for Raspberry Pi 4',
        type: 'sw.block',
        description: 'balenaOS for a Raspberry Pi 4',
        provides: [
          { type: 'sw.os', slug: 'balena-os' },
          { type: 'hw.device-type', slug: 'raspberrypi4-64' },
        ],
        composedOf: ['balena-os', 'raspberrypi4-64'],
        version: '6.5.1+rev2',
      },
    });
  });

  it('has its keys in one order, the version once', () => {
    expect(Object.keys(composeOsContract(request()).contract)).toEqual([
      'name',
      'type',
      'description',
      'provides',
      'composedOf',
      'version',
    ]);
  });

  it('is the same whatever the order of the contracts', () => {
    const turned = request({ contracts: [os, device, arch, debian] });
    expect(JSON.stringify(composeOsContract(turned))).toBe(JSON.stringify(composeOsContract(request())));
  });

  it('puts the secureboot feature first when the image is signed', () => {
    const { contract } = composeOsContract(request({ secureBoot: 'signed' }));
    expect(contract.provides[0]).toEqual({ type: 'sw.feature', slug: 'secureboot' });
    expect(contract.provides).toHaveLength(3);
  });

  it('writes an ESR version without padding', () => {
    expect(composeOsContract(request({ version: parseOsVersion('2022.01.0') })).contract.version).toBe(
      '2022.1.0',
    );
  });

  it('finds the device type by an alias on either side', () => {
    const aliased = { ...device, slug: 'raspberry-pi4', aliases: ['raspberrypi4-64'] };
    const byContract = composeOsContract(request({ contracts: [os, arch, aliased] }));
    expect(byContract.contract).toMatchObject({
      name: 'balenaOS for Raspberry Pi 4',
      composedOf: ['balena-os', 'raspberrypi4-64'],
    });
    const old = { ...device, slug: 'old-pi' };
    const deviceType = { ...request().deviceType, aliases: ['old-pi'] };
    expect(composeOsContract(request({ contracts: [os, arch, old], deviceType })).origin).toBe('contracts');
  });

  it.each([undefined, '', 7])(
    'uses the name of the device type file when the contract has the name %j',
    (name) => {
      const { contract } = composeOsContract(request({ contracts: [os, arch, { ...device, name }] }));
      expect(contract.name).toBe('balenaOS for Pi from the file');
    },
  );

  it('lets a variant add to the data of its base, and stand without any', () => {
    const { data, ...bare } = device;
    const inherited = { ...device, variants: [{ data: { led: true } }] };
    const own = { ...bare, variants: [{ data }, { slug: 'other' }] };
    for (const contract of [inherited, own]) {
      expect(composeOsContract(request({ contracts: [os, arch, contract] })).origin).toBe('contracts');
    }
  });

  it('says whether the architecture is missing in the device type or among the contracts', () => {
    expect(() => composeOsContract(request({ contracts: [os, device] }))).toThrow(
      'no arch.sw contract for aarch64',
    );
    const bare = { ...device, data: {} };
    expect(() => composeOsContract(request({ contracts: [os, arch, bare] }))).toThrow('data.arch is missing');
  });

  it('prefers the contract with the slug over one with the alias', () => {
    const other = { ...device, slug: 'other', name: 'Other', aliases: ['raspberrypi4-64'] };
    const { contract } = composeOsContract(request({ contracts: [other, device, os, arch] }));
    expect(contract.name).toBe('balenaOS for Raspberry Pi 4');
  });

  it('reads variants and files that hold several contracts', () => {
    const { slug: _slug, name: _name, ...base } = device;
    const family = {
      ...base,
      variants: [
        { slug: 'raspberrypi3', name: 'Pi 3' },
        { slug: 'raspberrypi4-64', name: 'Pi 4', data: { led: true } },
      ],
    };
    expect(composeOsContract(request({ contracts: [[os, arch], family] })).contract.name).toBe(
      'balenaOS for Pi 4',
    );
  });

  it('makes one from the device type when there are no contracts, and says so', () => {
    const { contract, origin } = composeOsContract(request({ contracts: undefined }));
    expect(origin).toBe('device-type');
    expect(contract.name).toBe('balenaOS for Pi from the file');
    expect(contract.composedOf).toEqual(['balena-os', 'raspberrypi4-64']);
  });

  it.each([
    ['contract.device-type-missing', [os, arch]],
    ['contract.device-type-missing', [os, arch, { ...device, slug: 'raspberrypi3' }]],
    ['contract.os-missing', [debian, arch, device]],
    ['contract.os-missing', []],
    ['contract.architecture-missing', [os, device]],
    ['contract.architecture-missing', [os, arch, { ...device, data: {} }]],
    ['contract.os-missing', [null, 'text', 7]],
  ])('refuses with %s', (code, contracts) => {
    expect(codeOf({ contracts })).toBe(code);
  });

  it('advises to add the missing device type contract', () => {
    expect(() => composeOsContract(request({ contracts: [os, arch] }))).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('hw.device-type/raspberrypi4-64/contract.json'),
      }),
    );
  });
});
