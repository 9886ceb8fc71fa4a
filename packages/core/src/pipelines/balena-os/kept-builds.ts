/** Where builds of one version are kept in the store; ends with a slash. */
export function keptBuildsFolder(slug: string, version: string): string {
  return `artifacts/${slug}/${version}/`;
}

/**
 * Where one build is kept: a folder for each source tree and builder, without a slash at the end.
 * @param builder hex digest of the builder, of which the first 16 digits are used
 */
export function keptBuildPrefix(build: {
  readonly slug: string;
  readonly version: string;
  readonly tree: string;
  readonly builder: string;
}): string {
  return `${keptBuildsFolder(build.slug, build.version)}${build.tree}/${build.builder.slice(0, 16)}`;
}
