import { definePipeline } from '../define-pipeline.ts';
import { parseBalenaOsFacts } from './facts.ts';
import { gatherBalenaOsFacts } from './gather-facts.ts';
import { planBalenaOs } from './plan.ts';

/** Releases of balenaOS device types: image, hostapp, extensions. */
export const balenaOsPipeline = definePipeline({
  system: 'balena-os',
  gather: gatherBalenaOsFacts,
  parseFacts: parseBalenaOsFacts,
  plan: planBalenaOs,
});
