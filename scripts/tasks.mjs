// What each npm script runs, in order, once the checkout is set up.
const bin = (name) => `node_modules/.bin/${name}`;

const typecheck = { say: 'types', command: bin('tsc'), args: ['-p', 'tsconfig.json'] };
const lint = { say: 'lint and format', command: bin('biome'), args: ['check', '--error-on-warnings'] };
const build = (node) => ({ say: 'bundle', command: node, args: ['scripts/build.mjs'] });
const vitest = (rest) => ({ say: 'tests', command: bin('vitest'), args: ['run', ...rest] });

export const TASKS = {
  setup: ({ node }) => [build(node)],
  build: ({ node }) => [build(node)],
  check: () => [typecheck, lint],
  format: () => [{ command: bin('biome'), args: ['check', '--write'] }],
  test: ({ node, rest }) => [typecheck, lint, build(node), vitest(rest)],
  'test-fast': ({ rest }) => [vitest(['--project', 'fast', ...rest])],
  docs: ({ node }) => [{ command: node, args: ['scripts/docs.ts'] }],
  demo: ({ node, rest }) => [build(node), { command: node, args: ['scripts/demo.ts', ...rest] }],
  bench: ({ node, rest }) => [build(node), { command: node, args: ['bench/run.ts', ...rest] }],
};
