import { describe, expect, it } from 'vitest';
import { composeOsContract, type OsContractRequest, type UnversionedContract } from './contract.ts';
import { parseOsVersion } from './os-version.ts';

const fromContracts: UnversionedContract = {
  composedOf: ['balena-os', 'raspberrypi4-64'],
  provides: [
    { type: 'sw.os', slug: 'balena-os' },
    { type: 'hw.device-type', slug: 'raspberrypi4-64' },
  ],
  description: 'Balena OS for a Raspberry Pi 4',
  type: 'sw.block',
  name: 'Balena OS for Raspberry Pi 4',
};

function request(change: Partial<OsContractRequest> = {}): OsContractRequest {
  return {
    contract: fromContracts,
    deviceType: { slug: 'raspberrypi4-64', name: 'Pi from the file' },
    version: parseOsVersion('v6.5.1+rev2'),
    secureBoot: 'unsigned',
    ...change,
  };
}

const KEYS = ['name', 'type', 'description', 'provides', 'composedOf', 'version'];

describe('composeOsContract', () => {
  it('adds the version to what the contracts folder gave', () => {
    expect(composeOsContract(request())).toEqual({
      origin: 'contracts',
      contract: { ...fromContracts, version: '6.5.1+rev2' },
    });
  });

  it.each([fromContracts, null])('has its keys in one order, the version once and last', (contract) => {
    const composed = composeOsContract(request({ contract }));
    expect(Object.keys(composed.contract)).toEqual(KEYS);
  });

  it('does not take over a version or another key that a contract brings', () => {
    const contract = { ...fromContracts, version: '1', extra: true };
    expect(composeOsContract(request({ contract })).contract).toEqual({
      ...fromContracts,
      version: '6.5.1+rev2',
    });
  });

  it('puts the secureboot feature first when the image is signed', () => {
    const { contract } = composeOsContract(request({ secureBoot: 'signed' }));
    expect(contract.provides).toEqual([
      { type: 'sw.feature', slug: 'secureboot' },
      ...fromContracts.provides,
    ]);
  });

  it('writes an ESR version without padding', () => {
    expect(composeOsContract(request({ version: parseOsVersion('2022.01.0') })).contract.version).toBe(
      '2022.1.0',
    );
  });

  it('makes one from the device type when there are no contracts, and says so', () => {
    const { contract, origin } = composeOsContract(request({ contract: null }));
    expect(origin).toBe('device-type');
    expect(contract).toEqual({
      name: 'balenaOS for Pi from the file',
      type: 'sw.block',
      description: 'balenaOS for a Pi from the file',
      provides: fromContracts.provides,
      composedOf: fromContracts.composedOf,
      version: '6.5.1+rev2',
    });
  });
});
