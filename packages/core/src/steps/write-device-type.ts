import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  /** File name without ending; bitbake classes read `<root>/<baseName>.json` (balena-automation 2.2). */
  baseName: z.string(),
  /** The generated JSON, byte for byte. */
  text: z.string(),
});

const output = z.strictObject({ baseName: z.string() });

/** Writes the generated device-type JSON that the build reads; no other file of the root is touched. */
export const writeDeviceType = defineStepKind({
  kind: 'write-device-type',
  writes: true,
  input,
  output,
  ports: ['deviceRepository'],
  probe: async ({ baseName, text }, { ports }) => {
    const present = await ports.deviceRepository.readDeviceTypeJson(baseName);
    return present === text
      ? { done: true, output: { baseName }, because: `${baseName}.json is up to date` }
      : notDone;
  },
  run: async ({ baseName, text }, { ports }) => {
    await ports.deviceRepository.writeDeviceTypeJson(baseName, text);
    return { baseName };
  },
});
