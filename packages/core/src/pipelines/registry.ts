import { balenaOsPipeline } from './balena-os/pipeline.ts';
import type { Pipeline } from './define-pipeline.ts';

/** Every release system by its name; a test compares it with the folders. */
export const PIPELINES: ReadonlyMap<string, Pipeline> = new Map(
  [balenaOsPipeline].map((pipeline) => [pipeline.system, pipeline]),
);
