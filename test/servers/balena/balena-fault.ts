/** What goes wrong with a request. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
    }
  /** The connection ends before anything was done. */
  | { readonly kind: 'reset-before' }
  /** Everything was done, but the answer never arrives. */
  | { readonly kind: 'reset-after' }
  /** Done, but the body ends in the middle. */
  | { readonly kind: 'truncated' }
  /** A proxy's page instead of the API's answer; nothing was done. */
  | { readonly kind: 'html'; readonly status: number }
  /** Nothing was done and nothing is answered, ever. */
  | { readonly kind: 'hang' }
  /** Done, and the answer comes one byte at a time. */
  | { readonly kind: 'slow' };
