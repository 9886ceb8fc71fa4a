import type { Problem } from '../errors/osrel-error.ts';
import { imageArchiveName } from './build-matrix.ts';
import {
  BUILD_OUTPUT,
  type ComposeService,
  type Composition,
  imageClassOf,
  listServices,
} from './composition.ts';

/** Where a key path of the merged document is to be corrected: `hostapp.yml: services.hostapp.image`. */
export type LocateKey = (path: readonly PropertyKey[]) => string;

type NamedService = readonly [name: string, service: ComposeService];

/**
 * The rules of a hostapp composition (balena-workflow 3.14), every broken one: there are services; what is built
 * says so in both `image` and `x-build`; recipes, and with them image file names, are unique; something is
 * built; exactly one service has class `hostapp`, whatever its name, and it is built.
 */
export function validateComposition(composition: Composition, locate: LocateKey): readonly Problem[] {
  const services = listServices(composition);
  if (services.length === 0) {
    return [{ at: locate(['services']), message: 'there are no services; a composition needs the hostapp' }];
  }
  return [
    ...services.flatMap((service) => problemsOfImage(service, locate)),
    ...problemsOfRecipes(services, locate),
    ...problemsOfHostapp(services, locate),
  ];
}

function problemsOfImage([name, service]: NamedService, locate: LocateKey): readonly Problem[] {
  const isBuilt = isBuiltService(service);
  if (service.image === undefined) {
    const wanted = isBuilt ? `"${BUILD_OUTPUT}"` : 'the image to use';
    return [{ at: locate(['services', name]), message: `image is missing; it must be ${wanted}` }];
  }
  if (service.image === BUILD_OUTPUT && !isBuilt) {
    const message = `image is ${BUILD_OUTPUT} but x-build is ${service['x-build'] === null ? 'null' : 'missing'}: nothing builds it`;
    return [{ at: locate(['services', name, 'x-build']), message }];
  }
  if (service.image !== BUILD_OUTPUT && isBuilt) {
    const message = `x-build is set, so image must be ${BUILD_OUTPUT}, not "${service.image}"`;
    return [{ at: locate(['services', name, 'image']), message }];
  }
  return [];
}

function problemsOfRecipes(services: readonly NamedService[], locate: LocateKey): readonly Problem[] {
  const owners = new Map<string, string>();
  return services
    .filter(([, service]) => isBuiltService(service))
    .flatMap(([name, service]) => {
      const output = imageArchiveName(service['x-build']?.recipe, 'MACHINE');
      const owner = owners.get(output);
      if (owner === undefined) {
        owners.set(output, name);
        return [];
      }
      const recipe = service['x-build']?.recipe;
      const what =
        recipe === undefined
          ? 'has no recipe, so it would build the same image'
          : `has the same recipe "${recipe}"`;
      return [
        {
          at: locate(['services', name, 'x-build', 'recipe']),
          message: `service ${name} ${what} as service ${owner}`,
        },
      ];
    });
}

function problemsOfHostapp(services: readonly NamedService[], locate: LocateKey): readonly Problem[] {
  const hostapps = services.filter(([, service]) => imageClassOf(service) === 'hostapp');
  const [first] = hostapps;
  if (first === undefined) {
    return [{ at: locate(['services']), message: 'no service has the label io.balena.image.class: hostapp' }];
  }
  if (hostapps.length > 1) {
    const names = hostapps.map(([name]) => name).join(', ');
    return [
      {
        at: locate(['services']),
        message: `exactly one service may have class hostapp, these have: ${names}`,
      },
    ];
  }
  const [name, service] = first;
  if (isBuiltService(service)) return [];
  return [
    {
      at: locate(['services', name, 'x-build']),
      message: `the hostapp service ${name} is not built: it has no x-build`,
    },
  ];
}

function isBuiltService(service: ComposeService): boolean {
  return service['x-build'] !== null && service['x-build'] !== undefined;
}
