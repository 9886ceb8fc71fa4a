import { createHash } from 'node:crypto';
import { badConfig, type KernelImages } from '@osrel/core';
import { listKernels } from './list-kernels.ts';
import { parseCertificates } from './parse-certificates.ts';

export interface KernelImagesOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly readSecret: (env: string) => string | undefined;
}

/** Kernels in the work folders of a build on this machine. */
export function createKernelImages({ readSecret }: KernelImagesOptions): KernelImages {
  return {
    listKernels,
    readCertificates: async (env) => {
      const text = readSecret(env)?.trim() ?? '';
      if (text === '') {
        throw badConfig(
          'kernel-key.missing',
          `the environment variable ${env} is ${readSecret(env) === undefined ? 'not set' : 'empty'}; it must hold the certificate(s) the kernel is to trust`,
          { hint: `set ${env}, or remove the additional kernel key from the signing settings of osrel.yml` },
        );
      }
      const parsed = parseCertificates(text);
      if (parsed.kind === 'malformed') {
        throw badConfig('kernel-key.malformed', `the value of ${env} cannot be used: ${parsed.because}`, {
          hint: 'it needs the base64 text of an X.509 certificate without its header and footer, several joined by ";"',
        });
      }
      return parsed.certificates.map((der) => ({ sha256: createHash('sha256').update(der).digest('hex') }));
    },
  };
}
