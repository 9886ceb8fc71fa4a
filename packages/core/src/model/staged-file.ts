/** A file or text to be placed in the deploy folder under `name` (posix path relative to the folder). */
export type StagedFile =
  | { readonly kind: 'file'; readonly name: string; readonly source: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  /** A reproducible tar.gz (sorted, fixed times and owners) of a folder; `prefix` is the top folder inside. */
  | { readonly kind: 'archive'; readonly name: string; readonly source: string; readonly prefix: string };
