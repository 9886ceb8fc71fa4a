/** The stages of a release, left to right; each becomes a command of the same name. */
export const STAGES = ['build', 'test', 'deploy', 'finalize', 'esr'] as const;

export type Stage = (typeof STAGES)[number];
