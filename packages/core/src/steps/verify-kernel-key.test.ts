import { describe, expect, it } from 'vitest';
import type { FoundKernels, KernelImage, KernelImages } from '../ports/kernel-images.ts';
import { checkKernelKey } from './check-kernel-key.ts';
import { verifyKernelKey } from './verify-kernel-key.ts';

const WANTED = 'a'.repeat(64);
const SECOND = 'b'.repeat(64);
const OTHER = 'c'.repeat(64);

function runWith(kernelImages: Partial<KernelImages>) {
  const { signal } = new AbortController();
  const log: string[] = [];
  const images: KernelImages = {
    readCertificates: async () => [],
    listKernels: async () => ({ kernels: [], recipes: [] }),
    ...kernelImages,
  };
  const run = {
    ports: { kernelImages: images },
    planId: 'plan',
    signal,
    endNow: signal,
    log: (line: string) => void log.push(line),
    logLines: (text: string) => void log.push(text),
    keepLog: async () => undefined,
    keepFile: async () => undefined,
    keepText: async () => undefined,
    progress: () => undefined,
  };
  return { run, log };
}

function kernel(
  path: string,
  trusted: readonly string[] | string,
  workFolder = '/work/linux/1',
): KernelImage {
  return {
    path,
    workFolder,
    trusted:
      typeof trusted === 'string'
        ? { kind: 'unreadable', because: trusted }
        : { kind: 'certificates', certificates: trusted.map((sha256) => ({ sha256 })) },
  };
}

async function verify(found: FoundKernels, certificates = [WANTED]) {
  const input = {
    machine: 'board',
    assetRoot: '/build/tmp/deploy',
    certificates: certificates.map((sha256) => ({ sha256 })),
  };
  return verifyKernelKey.run(input, runWith({ listKernels: async () => found }).run);
}

const found = (...kernels: readonly KernelImage[]): FoundKernels => ({ kernels, recipes: ['linux-board'] });

describe('verify-kernel-key', () => {
  it('passes kernels that trust every wanted certificate, and says which they trust', async () => {
    const output = await verify(found(kernel('/v', [OTHER, SECOND, WANTED])), [WANTED, SECOND]);
    expect(output.kernels).toEqual([
      { path: '/v', certificates: [{ sha256: OTHER }, { sha256: SECOND }, { sha256: WANTED }] },
    ]);
  });

  it('fails when one of several wanted certificates is missing, naming it and what is trusted', async () => {
    await expect(verify(found(kernel('/v', [WANTED])), [WANTED, SECOND])).rejects.toMatchObject({
      code: 'kernel-key.untrusted',
      kind: 'integrity',
      problems: [{ at: '/v', message: expect.stringMatching(`${SECOND}; it trusts ${WANTED}`) }],
    });
  });

  it('fails when any kernel lacks it, whatever the others trust', async () => {
    const kernels = found(kernel('/new', [WANTED]), kernel('/old', [], '/work/linux/0'));
    await expect(verify(kernels)).rejects.toMatchObject({ problems: [{ at: '/old' }] });
  });

  it('passes over an unreadable file only beside a readable one of the same recipe', async () => {
    const beside = found(kernel('/v', [WANTED]), kernel('/stripped', 'is stripped'));
    expect((await verify(beside)).kernels).toHaveLength(1);
    const elsewhere = found(kernel('/v', [WANTED]), kernel('/x', 'is stripped', '/work/linux-other/1'));
    await expect(verify(elsewhere)).rejects.toMatchObject({
      problems: [{ at: '/x', message: 'is stripped' }],
    });
  });

  it('refuses a build without any kernel and says how to keep it', async () => {
    await expect(verify({ kernels: [], recipes: ['linux-board'] })).rejects.toMatchObject({
      code: 'kernel-key.no-kernel',
      kind: 'refused',
      message: expect.stringContaining('linux-board left none'),
      hint: expect.stringContaining('RM_WORK_EXCLUDE = "linux-board"'),
    });
    await expect(verify({ kernels: [], recipes: [] })).rejects.toMatchObject({
      message: expect.stringContaining('no kernel recipe was built there'),
    });
  });

  it('cannot be asked for nothing', () => {
    const input = { machine: 'board', assetRoot: '/x', certificates: [] };
    expect(verifyKernelKey.input.safeParse(input).success).toBe(false);
  });
});

describe('check-kernel-key', () => {
  it('gives the digests of the certificates in the variable and logs only how many there are', async () => {
    const { run, log } = runWith({
      readCertificates: async (env) => (env === 'KEY' ? [{ sha256: WANTED }] : []),
    });
    expect(await checkKernelKey.run({ env: 'KEY' }, run)).toEqual({ certificates: [{ sha256: WANTED }] });
    expect(log).toEqual(['1 certificate(s) in KEY']);
  });

  it('takes no name that is no environment variable', () => {
    expect(checkKernelKey.input.safeParse({ env: 'A=B' }).success).toBe(false);
  });
});
