import { problemOfVariable } from '../model/bitbake-names.ts';
import type { FrontEndName } from '../model/build-settings.ts';
import { readFrontEndArguments } from '../model/front-end-arguments.ts';
import { checkStores } from './cache-rules.ts';
import { DEFAULTS } from './default-config.ts';
import { containerKeysOf, mergeBuild } from './merge-build.ts';
import type { RuleProblem } from './rule-problem.ts';
import type { WrittenBuild } from './written-build.ts';
import type { WrittenConfig } from './written-config.ts';

/** A build section with its place, and what holds there once it is laid over the general one. */
interface Section {
  readonly path: readonly PropertyKey[];
  readonly own: WrittenBuild;
  readonly whole: WrittenBuild;
}

/** What a front end reads nothing of: a key that has no effect is an error. */
const NOT_READ: Readonly<Record<FrontEndName, readonly (keyof WrittenBuild)[]>> = {
  barys: [],
  bitbake: [],
  kas: ['templates'],
  command: [
    'args',
    'bitbake-args',
    'build-history',
    'compress-image',
    'continue',
    'development-image',
    'downloads',
    'hash-equivalence',
    'rm-work',
    'source-mirror',
    'sstate',
    'sstate-cache',
    'supervisor-version',
    'targets',
    'templates',
  ],
};

/** Rules between the keys of the build sections; every broken one at once. */
export function checkBuildRules(written: WrittenConfig): readonly RuleProblem[] {
  const general = written.build ?? {};
  const machines = Object.entries(written.machines ?? {}).map(([machine, wish]): Section => {
    const own = wish?.build ?? {};
    return { path: ['machines', machine, 'build'], own, whole: mergeBuild(general, own) };
  });
  const sections = [{ path: ['build'], own: general, whole: general }, ...machines];
  return [
    ...sections.flatMap((section) => [
      ...checkArguments(section),
      ...checkVariables(section),
      ...checkSigning(section),
      ...checkStores(section),
    ]),
    ...sections.flatMap(checkNotRead),
    ...checkFrontEndKeys(sections),
  ];
}

function checkArguments({ path, own }: Section): readonly RuleProblem[] {
  const words = readFrontEndArguments(own.args ?? []).problems.map(({ item, message }) => ({
    path: [...path, 'args', item],
    message,
  }));
  const forBitbake = (own['bitbake-args'] ?? []).flatMap((item, index) =>
    readFrontEndArguments(['--bitbake-args', item]).problems.map(({ message }) => ({
      path: [...path, 'bitbake-args', index],
      message: message.replace(/^--bitbake-args:? /, ''),
    })),
  );
  return [...words, ...forBitbake];
}

function checkVariables({ path, own, whole }: Section): readonly RuleProblem[] {
  const secrets = whole.secrets ?? {};
  return Object.entries(own.variables ?? {}).flatMap(([name, value]) => {
    const problem = Object.hasOwn(secrets, name)
      ? `${name} is a secret below build.secrets already; keep one of the two`
      : problemOfVariable(name, String(value));
    return problem === undefined ? [] : [{ path: [...path, 'variables', name], message: problem }];
  });
}

function checkSigning({ path, own, whole }: Section): readonly RuleProblem[] {
  if (own.signing === undefined || own.signing === null || own.signing === false) return [];
  if (whole.signing === undefined || whole.signing === null || whole.signing === false) return [];
  if (whole.signing.key !== undefined) return [];
  return [
    {
      path: [...path, 'signing', 'key'],
      message: 'missing: needs {env: NAME}, the variable with the key of the signing server',
    },
  ];
}

function checkNotRead({ path, own, whole }: Section): readonly RuleProblem[] {
  const frontend = frontendOf(whole);
  return [
    ...NOT_READ[frontend]
      .filter((key) => isWritten(own, key))
      .map((key) => ({
        path: [...path, key],
        message: `front end ${frontend} does not read it, so it would have no effect`,
      })),
    ...checkContainer({ path, own, whole }),
  ];
}

function checkContainer({ path, own, whole }: Section): readonly RuleProblem[] {
  const frontend = frontendOf(whole);
  if (frontend === 'barys' || containerKeysOf(whole.container) === undefined) return [];
  const key = isWritten(own, 'container') ? 'container' : 'frontend';
  if (!isWritten(own, key)) return [];
  return [{ path: [...path, key], message: `only front end barys runs in a container, not ${frontend}` }];
}

function isWritten(own: WrittenBuild, key: keyof WrittenBuild): boolean {
  const value = own[key];
  return value !== undefined && value !== null && value !== false;
}

/** `kas` needs its file and `command` its program, wherever they are chosen; neither is for another front end. */
function checkFrontEndKeys(sections: readonly Section[]): readonly RuleProblem[] {
  const [general, ...machines] = sections;
  const built = machines.length > 0 ? machines : sections;
  const place = ({ path, own }: Section, key: 'kas' | 'command') =>
    own.frontend !== undefined || isWritten(own, key) ? path : (general?.path ?? path);
  const missing = built.flatMap((section) => {
    const frontend = frontendOf(section.whole);
    if (frontend === 'kas' && section.whole.kas?.file === undefined)
      return [
        { path: [...place(section, 'kas'), 'kas', 'file'], message: 'missing: front end kas needs it' },
      ];
    if (frontend === 'command' && (section.whole.command?.run ?? []).length === 0)
      return [
        {
          path: [...place(section, 'command'), 'command', 'run'],
          message: 'missing: front end command needs the program and its arguments',
        },
      ];
    return [];
  });
  const unused = (['kas', 'command'] as const).flatMap((key) =>
    sections
      .filter(({ own }) => isWritten(own, key))
      .filter(
        (section) =>
          !(section === general ? built : [section]).some(({ whole }) => frontendOf(whole) === key),
      )
      .map(({ path }) => ({ path: [...path, key], message: `is for front end ${key}, which is not chosen` })),
  );
  return [...missing, ...unused];
}

function frontendOf(whole: WrittenBuild): FrontEndName {
  return whole.frontend ?? DEFAULTS.frontend;
}
