import { join } from 'node:path';
import { type BuildSettings, badConfig, type Problem } from '@osrel/core';
import { findText } from '../../if-present.ts';
import { parseConfLines } from '../settings/conf-statements.ts';
import { splitAtBlock } from '../settings/managed-block.ts';
import { findOverruledSettings, type WantedVariable } from '../settings/overruled-settings.ts';
import { type ConfSearch, readConfFile, readSearchedConf } from '../settings/read-conf-files.ts';
import { findUnreadNames } from '../settings/unread-settings.ts';
import type { Obstacle } from './obstacle.ts';

export interface ConfiguredBuild {
  readonly root: string;
  readonly machine: string;
  readonly buildDirectory: string;
  /** Absolute path of the local.conf that counts: the build folder's, or the sample it will be made from. */
  readonly localConf: string;
  /** The build folder's own files are removed before the build. */
  readonly fresh: boolean;
  /** Absolute folders, in the order of bblayers.conf. */
  readonly layers: readonly string[];
}

type Statements = Awaited<ReturnType<typeof readConfFile>>;

/** The obstacle of settings that another file beats, each with file and line; undefined when there are none. */
export async function findBeatenSettings(
  wanted: readonly WantedVariable[],
  build: ConfiguredBuild,
): Promise<Obstacle | undefined> {
  const search: ConfSearch = { root: build.root, searchPath: [build.buildDirectory, ...build.layers] };
  const own = await readOwnFiles(build, search);
  const local = await readConfFile(build.localConf, search);
  const machine = await readSearchedConf(`conf/machine/${build.machine}.conf`, search);
  const distribution = distributionIn([...own.after, ...local]);
  const shared =
    distribution === undefined ? [] : await readSearchedConf(`conf/distro/${distribution}.conf`, search);
  const problems = findOverruledSettings(wanted, {
    before: own.before,
    after: [...own.after, ...local, ...machine, ...shared],
    overrides: [build.machine],
  });
  return withoutEffect(problems, 'remove these lines, or the setting from osrel.yml');
}

/** site.conf, and what people wrote around osrel's block in auto.conf. */
async function readOwnFiles(
  build: ConfiguredBuild,
  search: ConfSearch,
): Promise<{ readonly before: Statements; readonly after: Statements }> {
  if (build.fresh) return { before: [], after: [] };
  const autoConf = join(build.buildDirectory, 'conf/auto.conf');
  const text = (await findText(autoConf)) ?? '';
  const { before, after } = splitAtBlock(text);
  const shown = autoConf.slice(build.root.length + 1);
  // Empty lines stand for what comes before, so that line numbers are those of the file.
  const above = '\n'.repeat(text.slice(0, text.length - after.length).split('\n').length - 1);
  return {
    before: [
      ...(await readConfFile(join(build.buildDirectory, 'conf/site.conf'), search)),
      ...statementsIn(before, shown),
    ],
    after: after === '' ? [] : statementsIn(above + after, shown),
  };
}

function statementsIn(text: string, file: string): Statements {
  return parseConfLines(text, file).flatMap((line) => (line.kind === 'statement' ? [line] : []));
}

function distributionIn(statements: Statements): string | undefined {
  const found = statements.filter(({ name, value }) => name === 'DISTRO' && /^[\w.+-]+$/.test(value));
  return (found.findLast(({ operator }) => operator === '=') ?? found[0])?.value;
}

/** What osrel sets only on request, and only balena's layers read. */
function wishedNames(settings: BuildSettings): ReadonlyMap<string, string> {
  return new Map([
    ...(settings.developmentImage ? [['OS_DEVELOPMENT', 'build.development-image'] as const] : []),
    ...(settings.compressImage ? [['BALENA_RAW_IMG_COMPRESSION', 'build.compress-image'] as const] : []),
    ...(settings.supervisorVersion === null
      ? []
      : [['SUPERVISOR_VERSION', 'build.supervisor-version'] as const]),
  ]);
}

export interface UnreadSettings {
  readonly obstacle: Obstacle | undefined;
  /** Of variables that people named themselves: their names may be put together by a recipe, so that none is refused. */
  readonly notes: readonly string[];
}

/** Settings that no file of the layers, nor of bitbake, so much as names. */
export async function findUnreadSettings(
  settings: BuildSettings,
  folders: readonly string[],
): Promise<UnreadSettings> {
  const wished = wishedNames(settings);
  const named = [...settings.variables, ...settings.secretVariables]
    .map(({ name }) => name)
    .filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name) && !name.startsWith('BB_') && name !== 'DEVICE_TYPE');
  const unread = new Set(await findUnreadNames([...new Set([...wished.keys(), ...named])], folders));
  const problems = [...wished].flatMap(([name, key]) =>
    unread.has(name) ? [{ at: key, message: `no layer reads ${name}, which ${key} sets` }] : [],
  );
  return {
    obstacle: withoutEffect(problems, 'remove the setting from osrel.yml: these layers do not know it'),
    notes: [...new Set(named)]
      .filter((name) => unread.has(name))
      .map((name) => `no layer reads the variable ${name}`),
  };
}

function withoutEffect(problems: readonly Problem[], hint: string): Obstacle | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const message = `a setting of this build has no effect: ${first.at}: ${first.message}`;
  const error = badConfig('build.setting-without-effect', message, { hint, problems });
  return { at: first.at, error };
}
