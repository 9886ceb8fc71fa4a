/** What goes wrong with a request. */
export type RegistryFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A proxy's page instead of an answer; nothing was done. */
  | { readonly kind: 'html'; readonly status: number }
  /** The connection ends before anything was done. */
  | { readonly kind: 'reset-before' }
  /** Everything was done, the reply is lost. */
  | { readonly kind: 'reset-after' }
  /** The connection ends when so many bytes of the request's body have arrived. */
  | { readonly kind: 'reset-in-body'; readonly afterBytes: number }
  /** The reply's body ends after so many bytes. */
  | { readonly kind: 'cut-reply'; readonly afterBytes: number }
  /** The last byte of the request's or the reply's body is another. */
  | { readonly kind: 'changed-byte' }
  /** Answered before the request's body is read, which nobody reads then. */
  | { readonly kind: 'early'; readonly status: number }
  /** Nothing is answered, ever. */
  | { readonly kind: 'hang' };
