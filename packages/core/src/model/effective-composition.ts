import { badConfig, type Problem } from '../errors/osrel-error.ts';
import {
  BUILD_OUTPUT,
  type ComposeService,
  type Composition,
  type CompositionOrigin,
  DEVICE_REPOSITORY_REVISION,
  imageClassOf,
  MACHINE_PLACEHOLDER,
  readComposition,
} from './composition.ts';
import {
  type ArrayMerge,
  type MergedComposition,
  mergeCompositions,
  originsOf,
} from './merge-composition.ts';
import { formatKeyPath, formatPlace } from './schema-problems.ts';
import { validateComposition } from './validate-composition.ts';

export interface CompositionFile {
  /** Path for messages. */
  readonly file: string;
  /** The parsed document. */
  readonly document: unknown;
}

export interface CompositionFiles {
  /** layers/meta-balena/hostapp.yml */
  readonly base?: CompositionFile;
  /** <machine>.hostapp.yml */
  readonly overlay?: CompositionFile;
  readonly mergeArrays?: ArrayMerge;
}

export interface EffectiveComposition {
  /** Merged, without opted out services, with assets for the hostapp; placeholders still in it. */
  readonly composition: Composition;
  /** Key path (`services.hostapp.image`) -> where the value came from. */
  readonly origins: Readonly<Record<string, CompositionOrigin>>;
  /** Services that a null left out, by name. */
  readonly optedOut: readonly string[];
}

const IMAGES = `images/${MACHINE_PLACEHOLDER}`;

/** What a hostapp brings along when its composition does not say (balena-workflow 3.14). */
export const DEFAULT_HOSTAPP_ASSETS: readonly string[] = [
  `${IMAGES}/VERSION`,
  `${IMAGES}/VERSION_HOSTOS`,
  `${IMAGES}/image*.json`,
  `${IMAGES}/compressed*/part-*.deflate`,
  `${IMAGES}/*.manifest`,
  `${IMAGES}/kernel_modules_headers.tar.gz`,
  `${IMAGES}/rpi-eeprom/secure-boot-lock/**`,
  'cyclonedx-export/**/*.json',
  'licenses/**',
];

const GENERATED_COMPOSITION: Composition = {
  version: '2.4',
  services: {
    hostapp: {
      image: BUILD_OUTPUT,
      'x-build': {},
      labels: {
        'io.balena.image.store': 'root',
        'io.balena.image.class': 'hostapp',
        'io.balena.update.requires-reboot': '1',
        'io.balena.private.hostapp.board-rev': DEVICE_REPOSITORY_REVISION,
      },
    },
  },
};

/**
 * The composition of a device repository: overlay over base, or the one that exists, or a generated one with
 * just the hostapp (balena-workflow 3.14). Null services are left out, a hostapp without assets gets the default
 * list, and the rules are checked.
 * Throws config `composition.malformed` or `composition.invalid` with every problem, each with file and key path.
 */
export function effectiveComposition(files: CompositionFiles): EffectiveComposition {
  const merged = mergeFiles(files);
  const optedOut = Object.keys(merged.composition.services).filter(
    (name) => merged.composition.services[name] === null,
  );
  const effective = injectAssets(withoutServices(merged, optedOut));
  const locate = (path: readonly PropertyKey[]) =>
    formatPlace(compositionFileOf(files, effective.origins, path), path);
  const problems = validateComposition(effective.composition, locate);
  if (problems.length > 0) throw broken('composition.invalid', problems);
  return { ...effective, optedOut };
}

function mergeFiles({ base, overlay, mergeArrays }: CompositionFiles): MergedComposition {
  const [baseReading, overlayReading] = [base, overlay].map((file) =>
    file === undefined ? undefined : readComposition(file.document, file.file),
  );
  const problems = [baseReading, overlayReading].flatMap((reading) =>
    reading?.kind === 'malformed' ? reading.problems : [],
  );
  if (problems.length > 0) throw broken('composition.malformed', problems);
  const lower = baseReading?.kind === 'read' ? baseReading.composition : undefined;
  const upper = overlayReading?.kind === 'read' ? overlayReading.composition : undefined;
  if (lower !== undefined && upper !== undefined) return mergeCompositions(lower, upper, mergeArrays);
  if (lower !== undefined) return { composition: lower, origins: originsOf(lower, 'base') };
  if (upper !== undefined) return { composition: upper, origins: originsOf(upper, 'overlay') };
  return { composition: GENERATED_COMPOSITION, origins: originsOf(GENERATED_COMPOSITION, 'generated') };
}

function withoutServices(
  { composition, origins }: MergedComposition,
  names: readonly string[],
): MergedComposition {
  const services = Object.entries(composition.services).filter(([name]) => !names.includes(name));
  const paths = names.map((name) => formatKeyPath(['services', name]));
  const kept = Object.entries(origins).filter(([key]) => !paths.includes(key));
  return {
    composition: { ...composition, services: Object.fromEntries(services) },
    origins: Object.fromEntries(kept),
  };
}

function injectAssets({ composition, origins }: MergedComposition): MergedComposition {
  const bare = Object.entries(composition.services).flatMap(([name, service]) =>
    service !== null && lacksAssets(service) ? [[name, service] as const] : [],
  );
  const services = bare.map(([name, service]) => {
    return [
      name,
      { ...service, 'x-build': { ...service['x-build'], assets: DEFAULT_HOSTAPP_ASSETS } },
    ] as const;
  });
  const injected = bare.map(
    ([name]) => [formatKeyPath(['services', name, 'x-build', 'assets']), 'injected'] as const,
  );
  return {
    composition: { ...composition, services: { ...composition.services, ...Object.fromEntries(services) } },
    origins: { ...origins, ...Object.fromEntries(injected) },
  };
}

function lacksAssets(service: ComposeService): boolean {
  const build = service['x-build'];
  if (imageClassOf(service) !== 'hostapp' || build === null || build === undefined) return false;
  return (build.assets ?? []).length === 0;
}

/** The file that wrote the value, or that of the nearest part of it or key above it. */
export function compositionFileOf(
  files: CompositionFiles,
  origins: EffectiveComposition['origins'],
  path: readonly PropertyKey[],
): string {
  const origin = path
    .map((_, index) => origins[formatKeyPath(path.slice(0, path.length - index))])
    .find((found) => found !== undefined);
  const preferred = origin === 'base' ? (files.base ?? files.overlay) : (files.overlay ?? files.base);
  return preferred?.file ?? 'generated composition';
}

function broken(code: string, problems: readonly Problem[]) {
  return badConfig(code, `the composition breaks ${problems.length} rule(s)`, {
    hint: 'correct the keys named here',
    problems,
  });
}
