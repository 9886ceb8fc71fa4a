/** A certificate by the sha256 of its whole DER form, lower-case hex: equal digests, equal certificates. */
export interface KernelCertificate {
  readonly sha256: string;
}

/** What a kernel trusts for module signatures, or why that cannot be told. */
export type TrustedCertificates =
  | { readonly kind: 'certificates'; readonly certificates: readonly KernelCertificate[] }
  | { readonly kind: 'unreadable'; readonly because: string };

/** One `vmlinux` that a build left behind. */
export interface KernelImage {
  /** Absolute path. */
  readonly path: string;
  /** The work folder of the recipe it belongs to, absolute; a recipe may leave several files of that name. */
  readonly workFolder: string;
  readonly trusted: TrustedCertificates;
}

export interface FoundKernels {
  readonly kernels: readonly KernelImage[];
  /** Kernel recipes whose work folder is there, with or without a kernel in it; sorted. */
  readonly recipes: readonly string[];
}

export interface ListKernelsRequest {
  /** Absolute path of the build's `tmp/deploy`; the work folders lie beside it. */
  readonly assetRoot: string;
  readonly machine: string;
  readonly signal?: AbortSignal;
}

/** Kernels of a build and the certificates they trust (balena-workflow 4.9). */
export interface KernelImages {
  /**
   * The certificates in that environment variable: PEM blocks, or what the key recipe of meta-balena takes, their
   * base64 text without header and footer, joined by `;`. Throws config `kernel-key.missing` and
   * `kernel-key.malformed`; neither shows the value.
   */
  readCertificates(env: string): Promise<readonly KernelCertificate[]>;
  /** Every kernel in the build folders of the machine; bitbake is not run and nothing is written. */
  listKernels(request: ListKernelsRequest): Promise<FoundKernels>;
}
