import { type Composition, imageClassOf, listServices, MACHINE_PLACEHOLDER } from './composition.ts';

export interface AssetPattern {
  /** Glob below the build's deploy folder, with the machine filled in. */
  readonly pattern: string;
  /** Whether the build fails when nothing matches. */
  readonly required: boolean;
}

/** One build of a composition: a service whose image is built from a recipe. */
export interface BuildMatrixEntry {
  readonly service: string;
  /** Absent for the hostapp's own image recipe. */
  readonly recipe?: string;
  /** File name of the docker archive the build must leave: `balena-image-raspberrypi4-64.docker`. */
  readonly imageOutput: string;
  readonly buildArguments: readonly string[];
  readonly assets: readonly AssetPattern[];
  /** `hostapp`, `overlay` or another value of the class label. */
  readonly imageClass: string;
}

const HOSTAPP_RECIPE = 'balena-image';

// Files that a release may do without (balena-workflow 5.7), whoever lists them.
const OPTIONAL_NAMES = ['CHANGELOG.md', 'kernel_modules_headers.tar.gz', 'kernel_source.tar.gz'];
const OPTIONAL_FOLDERS = ['cyclonedx-export/', 'licenses/', 'rpi-eeprom/secure-boot-lock/'];

/**
 * What to build for the composition (balena-workflow 3.14): one entry a service with `x-build`, in document
 * order. A pattern without wildcards names one file that must come out of the build, unless a release may do
 * without it.
 */
export function buildMatrixOf(composition: Composition, machine: string): readonly BuildMatrixEntry[] {
  return listServices(composition).flatMap(([name, service]) => {
    const build = service['x-build'];
    if (build === null || build === undefined) return [];
    return [
      {
        service: name,
        ...(build.recipe === undefined ? {} : { recipe: build.recipe }),
        imageOutput: imageArchiveName(build.recipe, machine),
        buildArguments: [...(build.build_args ?? [])],
        assets: (build.assets ?? []).map((pattern) => assetPattern(pattern, machine)),
        imageClass: imageClassOf(service),
      },
    ];
  });
}

/** A service whose image comes from a registry. */
export interface RegistryImage {
  readonly service: string;
  /** As the composition has it. */
  readonly reference: string;
}

/** Services that are not built, in document order; the composition's rules see to it that each names an image. */
export function registryImagesOf(composition: Composition): readonly RegistryImage[] {
  return listServices(composition).flatMap(([service, { image, 'x-build': build }]) =>
    (build === null || build === undefined) && image !== undefined ? [{ service, reference: image }] : [],
  );
}

/** `<recipe or balena-image>-<machine>.docker`. */
export function imageArchiveName(recipe: string | undefined, machine: string): string {
  return `${recipe ?? HOSTAPP_RECIPE}-${machine}.docker`;
}

function assetPattern(written: string, machine: string): AssetPattern {
  const pattern = written.replaceAll(MACHINE_PLACEHOLDER, machine);
  const path = pattern.startsWith(`images/${machine}/`)
    ? pattern.slice(`images/${machine}/`.length)
    : pattern;
  const isOptional =
    OPTIONAL_NAMES.includes(path) || OPTIONAL_FOLDERS.some((folder) => path.startsWith(folder));
  return { pattern, required: !/[*?[{]/.test(pattern) && !isOptional };
}
