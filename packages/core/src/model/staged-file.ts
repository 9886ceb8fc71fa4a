/** A file or text to be placed in the deploy folder under `name` (posix path relative to the folder). */
export type StagedFile =
  | { readonly kind: 'file'; readonly name: string; readonly source: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  /**
   * A reproducible tar.gz (sorted, fixed times and owners) of a folder; `prefix` is the top folder inside. Links whose
   * target begins with one of `droppedTargets` are left out.
   */
  | {
      readonly kind: 'archive';
      readonly name: string;
      readonly source: string;
      readonly prefix: string;
      readonly droppedTargets?: readonly string[];
    }
  /** A reproducible zip of files; `path` is the name inside. */
  | {
      readonly kind: 'zip';
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly source: string }[];
    };

/** How a file came into the deploy folder: `linked` and `cloned` take no room of their own. */
export type Placement = 'linked' | 'cloned' | 'copied' | 'written';
