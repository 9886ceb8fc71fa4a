import type { DeviceType } from './device-type.ts';

/**
 * The text of device-type.json, byte for byte as the upstream generator writes it: indented by tabs, keys in the order
 * of the manifest, a newline at the end (balena-automation 1.15).
 */
export function renderDeviceTypeJson(deviceType: Pick<DeviceType, 'json'>): string {
  return `${JSON.stringify(deviceType.json, null, '\t')}\n`;
}
