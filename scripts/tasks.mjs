// What each npm script runs, in order, once the checkout is set up.
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const bin = (name) => `node_modules/.bin/${name}`;

const typecheck = { say: 'types', command: bin('tsc'), args: ['-p', 'tsconfig.json'] };
const lint = { say: 'lint and format', command: bin('biome'), args: ['check', '--error-on-warnings'] };
const build = (node) => ({ say: 'bundle', command: node, args: ['scripts/build.mjs'] });
// Shared by the demo and the tests, so that the Debian packages of the bootable image are fetched once.
const bootPackages = {
  OSREL_BOOT_PACKAGES: process.env.OSREL_BOOT_PACKAGES ?? join(ROOT, '.tools', 'boot-packages'),
};
const vitest = (rest) => ({
  say: 'tests',
  command: bin('vitest'),
  args: ['run', ...rest],
  env: bootPackages,
});

export const TASKS = {
  setup: ({ node }) => [build(node)],
  build: ({ node }) => [build(node)],
  check: () => [typecheck, lint],
  format: () => [{ command: bin('biome'), args: ['check', '--write'] }],
  test: ({ node, rest }) => [typecheck, lint, build(node), vitest(rest)],
  'test-fast': ({ rest }) => [
    typecheck,
    vitest(['--exclude', 'test/{e2e,pipeline,example,cli}/**', ...rest]),
  ],
  docs: ({ node }) => [{ command: node, args: ['scripts/docs.ts'] }],
  demo: ({ node, rest }) => [build(node), { command: node, args: ['scripts/demo.ts', ...rest] }],
  bench: ({ node, rest }) => [build(node), { command: node, args: ['bench/run.ts', ...rest] }],
};
