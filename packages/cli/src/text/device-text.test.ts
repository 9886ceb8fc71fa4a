import { type DeviceType, parseDeviceType } from '@osrel/core';
import { describe, expect, it } from 'vitest';
import { renderDevice, renderDevices } from './device-text.ts';

function device(baseName: string, change: object = {}, yocto: object = {}): DeviceType {
  const document = {
    slug: baseName,
    name: `Board ${baseName}`,
    arch: 'aarch64',
    state: 'RELEASED',
    yocto: {
      machine: baseName,
      image: 'balena-image',
      deployArtifact: `balena-image-${baseName}.balenaos-img`,
      ...yocto,
    },
    ...change,
  };
  return parseDeviceType(document, { file: `${baseName}.coffee`, baseName });
}

describe('the list of device types', () => {
  it('has a slug column only where a slug is not the name of the file', () => {
    expect(renderDevices([device('one'), device('two')])).not.toContain('SLUG');
    expect(renderDevices([device('one'), device('two', { slug: 'zwei' })])).toMatchInlineSnapshot(`
      "DEVICE TYPE  SLUG  MACHINE  ARCH     IMAGE     STATE     NAME
      one          one   one      aarch64  standard  released  Board one
      two          zwei  two      aarch64  standard  released  Board two
      "
    `);
  });

  it('says what is imaged', () => {
    const text = renderDevices([
      device('plain'),
      device('flash', {}, { deployFlasherArtifact: 'f.img', deployRawArtifact: 'r.img' }),
      device('folder', {}, { archive: true }),
    ]);
    expect(text).toMatch(/^plain .* standard /m);
    expect(text).toMatch(/^flash .* flasher, raw /m);
    expect(text).toMatch(/^folder .* archive /m);
  });
});

describe('a device type in detail', () => {
  it('shows what a builder wants, and the command that builds it', () => {
    const shown = device('cm4-sb', { slug: 'cm4-sb' }, { machine: 'cm4', deployFlasherArtifact: 'f.img' });
    expect(
      renderDevice({ device: shown, yoctoVersion: 'yocto-kirkstone', sharesMachineWith: ['cm4'] }),
    ).toMatchInlineSnapshot(`
      "name              Board cm4-sb
      device type       cm4-sb
      slug              cm4-sb
      machine           cm4 (also of cm4)
      architecture      aarch64
      state             released
      yocto release     yocto-kirkstone
      image recipe      balena-image
      image kind        standard
      image             balena-image-cm4-sb.balenaos-img
      flasher image     f.img
      file system type  balenaos-img
      built by          osrel build --machine cm4-sb
      "
    `);
  });

  it('leaves out what its file does not say', () => {
    const text = renderDevice({ device: device('one'), yoctoVersion: null, sharesMachineWith: [] });
    expect(text).not.toMatch(/yocto release|aliases|flasher|also of/);
  });
});
