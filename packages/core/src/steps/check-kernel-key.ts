import { z } from 'zod';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  /** Environment variable of osrel with the certificates the kernel is to trust. */
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
});

/** Whole certificates by the sha256 of their DER form, hex. */
export const kernelCertificatesSchema = z.array(
  z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/**
 * Reads the certificates that the kernel is to trust for module signatures before hours of building: a value that is
 * no certificate is found here, and the check after the build compares with what was read here.
 */
export const checkKernelKey = defineStepKind({
  kind: 'check-kernel-key',
  writes: false,
  input,
  output: z.strictObject({ certificates: kernelCertificatesSchema.min(1) }),
  ports: ['kernelImages'],
  probe: async () => notDone,
  run: async ({ env }, { ports, log }) => {
    const certificates = await ports.kernelImages.readCertificates(env);
    log(`${certificates.length} certificate(s) in ${env}`);
    return { certificates: certificates.map(({ sha256 }) => ({ sha256 })) };
  },
});
