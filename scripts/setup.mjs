// Brings Node 24, pnpm and the locked dependencies into git-ignored folders of this checkout; touches nothing else.
// A second call finds the stamps and needs neither the network nor more than a few milliseconds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_VERSION = '24.21.0';
const PNPM_VERSION = '12.21.0';
const TOOLS = join(ROOT, '.tools');

/** Sets the checkout up and tells which Node to run and with which environment. */
export function setUp() {
  const candidate = nodePackageOf(process.platform, process.arch);
  const isOld = Number(process.versions.node.split('.')[0]) < 24;
  // Once brought it stays: a set-up that runs under it (npm pack in a test does) must not take it for the machine's own.
  const isThere = existsSync(join(TOOLS, 'node_modules', candidate));
  const nodePackage = isOld || isThere ? candidate : undefined;
  const wanted = [
    ...(nodePackage === undefined ? [] : [`${nodePackage}@${NODE_VERSION}`]),
    `pnpm@${PNPM_VERSION}`,
  ];
  bringTools(wanted);
  const nodeRoot = nodePackage === undefined ? undefined : join(TOOLS, 'node_modules', nodePackage);
  const nodeBin = nodeRoot === undefined ? dirname(process.execPath) : join(nodeRoot, 'bin');
  const node =
    nodeRoot === undefined
      ? process.execPath
      : join(nodeBin, process.platform === 'win32' ? 'node.exe' : 'node');
  const env = {
    ...process.env,
    PATH: [nodeBin, join(TOOLS, 'node_modules', '.bin'), process.env.PATH].join(
      process.platform === 'win32' ? ';' : ':',
    ),
    ...(nodeRoot === undefined ? {} : { npm_config_nodedir: nodeRoot }),
  };
  installDependencies(env);
  return { node, env, root: ROOT };
}

function nodePackageOf(platform, arch) {
  const prebuilt = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
  const name = `${platform}-${arch}`;
  return prebuilt.includes(name) ? `node-${name}` : 'node';
}

function bringTools(wanted) {
  const stamp = join(TOOLS, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted.join(' ')) return;
  console.error(`setting up: ${wanted.join(', ')} (into .tools, once)`);
  mkdirSync(TOOLS, { recursive: true });
  writeFileSync(join(TOOLS, 'package.json'), '{"private":true}\n');
  run(
    'npm',
    [
      'install',
      '--prefix',
      TOOLS,
      '--cache',
      join(TOOLS, 'npm-cache'),
      '--no-audit',
      '--no-update-notifier',
      '--no-fund',
      '--no-save',
      '--loglevel=error',
      ...wanted,
    ],
    process.env,
  );
  writeStamp(stamp, wanted.join(' '));
}

function installDependencies(env) {
  const stamp = join(ROOT, 'node_modules', '.osrel-stamp');
  const digest = dependencyDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.error('setting up: dependencies (into node_modules, from the lockfile)');
  // pnpm keeps caches and states in the home folder otherwise; nothing outside of this checkout is touched.
  const own = (name) => join(TOOLS, 'pnpm', name);
  const homes = { XDG_CACHE_HOME: own('cache'), XDG_STATE_HOME: own('state'), XDG_DATA_HOME: own('data') };
  run(
    'pnpm',
    [
      'install',
      '--frozen-lockfile',
      '--store-dir',
      join(TOOLS, 'pnpm-store'),
      '--reporter=append-only',
      '--loglevel=warn',
    ],
    { ...env, ...homes },
  );
  writeStamp(stamp, digest);
}

/** Digest of everything that decides what is installed: lockfile, workspace file and every package.json. */
function dependencyDigest() {
  const hash = createHash('sha256');
  const manifests = [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    'test/package.json',
    ...['core', 'adapters', 'cli'].map((name) => `packages/${name}/package.json`),
  ];
  for (const name of manifests) hash.update(name).update(readFileSync(join(ROOT, name)));
  return hash.digest('hex');
}

function writeStamp(path, text) {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text);
  rmSync(path, { force: true });
  renameSync(temporary, path);
}

function run(command, args, env) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  console.error(
    `set-up stopped: "${command} ${args[0]}" failed${result.error === undefined ? ` with status ${result.status}` : `: ${result.error.message}`}`,
  );
  console.error(
    'It needs the package registry that your npm is configured for; check "npm ping" and run the command again.',
  );
  process.exit(1);
}
