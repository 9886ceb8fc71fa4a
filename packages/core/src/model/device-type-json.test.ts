import { describe, expect, it } from 'vitest';
import { renderDeviceTypeJson } from './device-type-json.ts';

describe('renderDeviceTypeJson', () => {
  it('indents by tabs, keeps the order of keys and ends with a newline', () => {
    const json = { slug: 'pi', version: 1, arch: 'aarch64', yocto: { machine: 'pi', archive: true } };
    expect(renderDeviceTypeJson({ json })).toBe(
      '{\n\t"slug": "pi",\n\t"version": 1,\n\t"arch": "aarch64",\n\t"yocto": {\n\t\t"machine": "pi",\n\t\t"archive": true\n\t}\n}\n',
    );
  });

  it('writes text beyond ASCII as it is', () => {
    expect(renderDeviceTypeJson({ json: { name: 'Büro “X”…' } })).toContain('"Büro “X”…"');
  });
});
