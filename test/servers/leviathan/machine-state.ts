/** What `GET /state` of the core says. */
export type MachineState = 'IDLE' | 'BUSY' | 'SUCCESS' | 'FAILED';

/** An ended run is forgotten after that time, as by the real core (its comment says five minutes). */
const IDLE_AFTER_MS = 150_000;

/** The state of the core: what was set last, an ending only for a while. */
export function createMachineState(changed: () => void) {
  let state: MachineState = 'IDLE';
  let timer: NodeJS.Timeout | undefined;
  const set = (next: MachineState) => {
    clearTimeout(timer);
    timer = undefined;
    state = next;
    if (next === 'SUCCESS' || next === 'FAILED') timer = setTimeout(() => set('IDLE'), IDLE_AFTER_MS).unref();
    changed();
  };
  return { get: () => state, set, end: () => clearTimeout(timer) };
}
