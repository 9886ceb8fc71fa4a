import type { OverrideSyntax } from './assignment.ts';

/** Releases of the Yocto Project whose bitbake takes overrides with an underscore only; honister and later use a colon. */
const UNDERSCORE_SERIES = new Set(
  'dizzy fido jethro krogoth morty pyro rocko sumo thud warrior zeus dunfell gatesgarth hardknott'.split(' '),
);

/**
 * How the layers write overrides, told by the releases they are for (`LAYERSERIES_COMPAT`): one that is for a new
 * release is written the new way, also when it names old ones.
 */
export function overrideSyntaxOf(series: readonly string[]): OverrideSyntax {
  return series.length > 0 && series.every((name) => UNDERSCORE_SERIES.has(name.toLowerCase()))
    ? 'underscore'
    : 'colon';
}
