import { z } from 'zod';
import { integrityBroken, type OsrelError, type Problem, refused } from '../errors/osrel-error.ts';
import type { FoundKernels, KernelImage } from '../ports/kernel-images.ts';
import { kernelCertificatesSchema } from './check-kernel-key.ts';
import { defineStepKind, notDone } from './step-kind.ts';

const input = z.strictObject({
  machine: z.string(),
  /** Absolute path of the build's `tmp/deploy`. */
  assetRoot: z.string(),
  /** What every kernel must trust: the output of `check-kernel-key`. */
  certificates: kernelCertificatesSchema.min(1),
});

const output = z.strictObject({
  kernels: z.array(z.strictObject({ path: z.string(), certificates: kernelCertificatesSchema })),
});

/**
 * Proves that the kernels of a build trust the wanted certificates, by comparing whole certificates with those inside
 * each `vmlinux` (the reference of balena-workflow 4.9 looks for fragments of one, in any one file).
 */
export const verifyKernelKey = defineStepKind({
  kind: 'verify-kernel-key',
  writes: false,
  input,
  output,
  ports: ['kernelImages'],
  probe: async () => notDone,
  run: async (wanted, { ports, signal, log }) => {
    const { machine, assetRoot } = wanted;
    const found = await ports.kernelImages.listKernels({ machine, assetRoot, signal });
    if (found.kernels.length === 0) throw noKernel(wanted, found);
    const problems = findProblems(found.kernels, wanted.certificates);
    if (problems.length > 0) throw untrusted(wanted, problems);
    const kernels = found.kernels.flatMap(({ path, trusted }) =>
      trusted.kind === 'certificates'
        ? [{ path, certificates: trusted.certificates.map(({ sha256 }) => ({ sha256 })) }]
        : [],
    );
    for (const { path, certificates } of kernels) {
      log(`${path} trusts ${certificates.length} certificate(s), the wanted among them`);
    }
    return { kernels };
  },
});

/**
 * A kernel whose certificates can be read must trust all that are wanted. One that cannot be read is passed over only
 * beside one of the same recipe that can: a boot wrapper is a `vmlinux` without certificates too.
 */
function findProblems(
  kernels: readonly KernelImage[],
  wanted: z.infer<typeof kernelCertificatesSchema>,
): readonly Problem[] {
  const readable = new Set(
    kernels.filter(({ trusted }) => trusted.kind === 'certificates').map(({ workFolder }) => workFolder),
  );
  return kernels.flatMap(({ path, workFolder, trusted }): readonly Problem[] => {
    if (trusted.kind === 'unreadable')
      return readable.has(workFolder) ? [] : [{ at: path, message: trusted.because }];
    const known = new Set(trusted.certificates.map(({ sha256 }) => sha256));
    return wanted
      .filter(({ sha256 }) => !known.has(sha256))
      .map(({ sha256 }) => ({
        at: path,
        message: `does not trust the certificate with sha256 ${sha256}; it trusts ${[...known].join(', ') || 'none'}`,
      }));
  });
}

function untrusted({ machine }: z.infer<typeof input>, problems: readonly Problem[]): OsrelError {
  const list = problems.map(({ at, message }) => `${at} ${message}`).join('; ');
  return integrityBroken(
    'kernel-key.untrusted',
    `the kernel of ${machine} cannot be shown to trust the wanted certificate(s): ${list}`,
    {
      hint: 'see that the build was given SIGN_KMOD_KEY_APPEND and SIGN_API, and remove work folders of older kernels',
      problems,
    },
  );
}

function noKernel({ machine, assetRoot }: z.infer<typeof input>, { recipes }: FoundKernels): OsrelError {
  const seen = recipes.length === 0 ? 'no kernel recipe was built there' : `${recipes.join(', ')} left none`;
  const names = recipes.length === 0 ? '<kernel recipe>' : recipes.join(' ');
  return refused(
    'kernel-key.no-kernel',
    `there is no vmlinux of ${machine} beside ${assetRoot}, so its certificates cannot be checked: ${seen}`,
    {
      hint:
        `the check needs the kernel's work folder: where rm_work deletes it, set RM_WORK_EXCLUDE = "${names}"; ` +
        `a kernel taken from shared state has none: bitbake -c cleansstate ${names}, then build again`,
      details: { machine, assetRoot, recipes },
    },
  );
}
