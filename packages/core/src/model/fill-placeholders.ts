import { badConfig, integrityBroken, type Problem } from '../errors/osrel-error.ts';
import { buildMatrixOf } from './build-matrix.ts';
import {
  BUILD_OUTPUT,
  type ComposeService,
  type Composition,
  DEVICE_REPOSITORY_REVISION,
} from './composition.ts';
import { formatKeyPath } from './schema-problems.ts';

export interface PlaceholderValues {
  /** Short commit id of the device repository; undefined when it is not known. */
  readonly deviceRepositoryRevision: string | undefined;
  /** Service -> reference of its loaded image. */
  readonly images: ReadonlyMap<string, string>;
}

/**
 * The composition as it is deployed (balena-workflow 5.4): built services get their image, and every value that
 * is exactly `__DEVICE_REPO_REV__` the revision. Throws config `composition.placeholders-left` with every place
 * that could not be filled, and with every image whose service is not built.
 */
export function fillPlaceholders(composition: Composition, values: PlaceholderValues): Composition {
  const problems: Problem[] = problemsOfForeignImages(composition, values.images);
  const revision = values.deviceRepositoryRevision;
  const fill = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (isRecord(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]),
      );
    }
    if (value === DEVICE_REPOSITORY_REVISION && revision !== undefined && revision !== '') return revision;
    if (value === DEVICE_REPOSITORY_REVISION) {
      problems.push({
        at: formatKeyPath(path),
        message: 'the revision of the device repository is not known',
      });
    } else if (typeof value === 'string' && value.includes(BUILD_OUTPUT)) {
      problems.push({
        at: formatKeyPath(path),
        message: `${BUILD_OUTPUT} is left: no image was built for it`,
      });
    }
    return value;
  };
  const filled = fill(withImages(composition, values.images), []);
  if (problems.length > 0 || !isComposition(filled)) {
    throw badConfig(
      'composition.placeholders-left',
      `the composition has ${problems.length} placeholder problem(s)`,
      {
        hint: 'build every service of the composition in a git checkout before deploying it',
        problems,
      },
    );
  }
  return filled;
}

export interface ImageArchiveRequest {
  readonly composition: Composition;
  readonly machine: string;
  /** File names, without folders, of the docker archives that builds left. */
  readonly archives: readonly string[];
}

/**
 * Which archive holds which service's image: service -> file name, by `<recipe or balena-image>-<machine>.docker`.
 * Throws integrity `composition.images-mismatched` with every archive that belongs to no service and every built
 * service without one.
 */
export function matchImageArchives(request: ImageArchiveRequest): ReadonlyMap<string, string> {
  const { archives } = request;
  const matrix = buildMatrixOf(request.composition, request.machine);
  const expected = matrix.map((entry) => entry.imageOutput);
  const orphans = archives.filter((archive) => !expected.includes(archive));
  const problems = [
    ...orphans.map((archive) => ({
      at: archive,
      message: 'orphan: no service of the composition builds this image',
    })),
    ...matrix
      .filter((entry) => !archives.includes(entry.imageOutput))
      .map(({ service, imageClass, imageOutput }) => ({
        at: formatKeyPath(['services', service]),
        message: `the ${imageClass} image ${imageOutput} is missing`,
      })),
  ];
  if (problems.length === 0) return new Map(matrix.map((entry) => [entry.service, entry.imageOutput]));
  throw integrityBroken('composition.images-mismatched', 'images and composition do not fit together', {
    hint: 'build the release again, every service of the composition for the same machine',
    problems,
  });
}

function problemsOfForeignImages(composition: Composition, images: ReadonlyMap<string, string>): Problem[] {
  return [...images.keys()]
    .filter((name) => composition.services[name]?.image !== BUILD_OUTPUT)
    .map((name) => ({
      at: formatKeyPath(['services', name]),
      message: `there is an image for ${name}, but the composition does not build it`,
    }));
}

function withImages(composition: Composition, images: ReadonlyMap<string, string>): Composition {
  const services = Object.entries(composition.services).map(
    ([name, service]): [string, ComposeService | null] => {
      const image = images.get(name);
      const isOpen = service !== null && service.image === BUILD_OUTPUT && image !== undefined;
      return [name, isOpen ? { ...service, image } : service];
    },
  );
  return { ...composition, services: Object.fromEntries(services) };
}

// Filling keeps the shape; this says so to the compiler.
function isComposition(value: unknown): value is Composition {
  return isRecord(value) && isRecord(value.services);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
