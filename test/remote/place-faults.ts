import { seededRandom } from '../e2e/seeded-random.ts';
import { type Decide, FAULTS, type FaultName } from './disturb-servers.ts';
import { type RemoteRequest, shapeOf } from './remote-servers.ts';

/** One request of a release, told apart from those of the same shape before it. */
export interface Place {
  readonly shape: string;
  /** From 1. */
  readonly nth: number;
}

/** A fault for one request. */
export interface PlacedFault {
  readonly place: Place;
  readonly fault: FaultName;
}

/** Every request as a place, in order. */
export function placesOf(requests: readonly RemoteRequest[]): readonly Place[] {
  const count = createCounter();
  return requests.map(count);
}

/** Answers each request with its fault, over all machines of a world; `hits` are those that came to be. */
export function placeFaults(faults: readonly PlacedFault[]): {
  readonly decide: Decide;
  readonly hits: readonly PlacedFault[];
} {
  const byPlace = new Map(faults.map((each) => [nameOfPlace(each.place), each]));
  const hits: PlacedFault[] = [];
  const count = createCounter();
  return {
    hits,
    decide: (request) => {
      const hit = byPlace.get(nameOfPlace(count(request)));
      if (hit !== undefined) hits.push(hit);
      return hit?.fault;
    },
  };
}

function createCounter(): (request: RemoteRequest) => Place {
  const seen = new Map<string, number>();
  return (request) => {
    const shape = shapeOf(request);
    const nth = (seen.get(shape) ?? 0) + 1;
    seen.set(shape, nth);
    return { shape, nth };
  };
}

function nameOfPlace({ shape, nth }: Place): string {
  return `${nth} ${shape}`;
}

/** For people. */
export function nameOfFault({ place, fault }: PlacedFault): string {
  return `${fault} at ${nameOfPlace(place)}`;
}

/** Gives each request a fault; over as many rounds as there are faults each request gets each. */
export function spreadFaults(
  places: readonly Place[],
  { seed, round }: { readonly seed: number; readonly round: number },
): readonly PlacedFault[] {
  const chance = seededRandom(seed);
  return places.map((place) => {
    const first = Math.floor(chance() * FAULTS.length);
    return { place, fault: FAULTS[(first + round) % FAULTS.length] ?? '500' };
  });
}
