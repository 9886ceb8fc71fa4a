import { toolFailed } from '@osrel/core';
import { type Cause, type Evidence, findFirst } from './evidence.ts';
import { interrupted } from './interrupted-cause.ts';

/** Why a build failed before, or beside, its tasks. */
export const START_CAUSES: readonly Cause[] = [
  unknownMachine,
  requiredFile,
  sanityCheck,
  parseError,
  noProvider,
  localeMissing,
  locked,
  interrupted,
  failed,
];

function unknownMachine({ errors }: Evidence) {
  const machine =
    findFirst(errors, /required file conf\/machine\/([^ ]{1,100})\.conf/) ??
    findFirst(errors, /MACHINE=([^ ]{1,100}) is invalid/) ??
    findFirst(errors, /Please set a valid (MACHINE)/);
  if (machine === undefined) return undefined;
  const name = machine[1] === 'MACHINE' ? 'the machine' : `machine ${machine[1]}`;
  return toolFailed('build.unknown-machine', `no layer of the build knows ${name}`, {
    hint: 'check the device type (osrel device list), and that the layer with conf/machine/ is in conf/bblayers.conf and its submodule is checked out',
  });
}

function requiredFile({ errors }: Evidence) {
  const found = findFirst(
    errors,
    /ParseError at (\S{1,500}):(\d{1,9}): Could not (?:include|inherit) (?:required )?file (\S{1,300})/,
  );
  if (found === undefined) return undefined;
  const [, file, line, missing] = found;
  return toolFailed(
    'build.required-file-missing',
    `${file}:${line} needs ${missing}, and no layer of the build has it`,
    {
      hint: 'add the layer that has it to conf/bblayers.conf, or check out its submodule (git submodule update --init --recursive)',
    },
  );
}

const SANITY = /sanity checker detected a potential misconfiguration|^Sanity check|BB_VERSION|sanity\.conf/;
const SANITY_TALK = /sanity checker|Either fix the cause|Following is the list/;

function sanityCheck({ errors }: Evidence) {
  const start = errors.findIndex((line) => SANITY.test(line));
  if (start === -1 || !errors.some((line) => line.includes('sanity'))) return undefined;
  const advice = errors
    .slice(start)
    .filter((line) => !SANITY_TALK.test(line) && line.trim() !== '')
    .slice(0, 3)
    .map((line) => line.trim());
  const text = advice.length === 0 ? '' : `: ${advice.join(' ')}`;
  return toolFailed('build.sanity-check', `the host or the settings do not suit the build${text}`, {
    hint: 'install or set what it names; building in the helper container avoids most of these',
  });
}

const PARSE_ERRORS: readonly RegExp[] = [
  /ParseError (?:at|in) (?<place>\S{1,500}): (?<why>.{1,200})/,
  /ExpansionError during parsing (?<place>\S{1,500})/,
  /Unable to parse (?<place>\S{1,500})/,
  /(?<place>\S{1,500}): Error (?:executing|during|in) (?<why>.{1,200})/,
  /Error in compiling python function in (?<place>\S{1,500}), line (?<line>\d{1,9})/,
];

function parseError({ errors }: Evidence) {
  const found = PARSE_ERRORS.map((pattern) => findFirst(errors, pattern)).find(
    (match) => match !== undefined,
  );
  if (found === undefined) return undefined;
  const { place, line, why } = found.groups ?? {};
  const at = line === undefined ? place : `${place}:${line}`;
  const because = why ?? findFirst(errors, /^(?:[\w.]{0,60}\.)?(\w{1,40}(?:Error|Exception): .{1,250})/)?.[1];
  const reason = because === undefined ? '' : `: ${because}`;
  return toolFailed('build.parse-error', `${at} cannot be parsed${reason}`, {
    hint: 'correct that file; `bitbake -p` checks all recipes without building',
  });
}

function noProvider({ errors }: Evidence) {
  const nothing = findFirst(
    errors,
    /Nothing (R?)PROVIDES '([^']{1,200})'(?: \(but (.{1,300}?) R?DEPENDS on)?/,
  );
  if (nothing !== undefined) {
    const [, runtime, item, who] = nothing;
    const why = findFirst(errors, /was skipped: (.{1,200})/)?.[1];
    const needed = who === undefined ? '' : `, which ${who} needs`;
    const skipped = why === undefined ? '' : `: ${why}`;
    const kind = runtime === 'R' ? 'the package ' : '';
    return toolFailed('build.no-provider', `no recipe provides ${kind}${item}${needed}${skipped}`, {
      hint: hintFor(errors),
    });
  }
  const task = findFirst(errors, /Task (do_\w{1,60}) does not exist for target (\S{1,200})/);
  if (task === undefined) return undefined;
  return toolFailed('build.no-provider', `recipe ${task[2]} has no task ${task[1]}`, {
    hint: hintFor(errors),
  });
}

/** bitbake lists close matches below its error, each on a line of its own. */
function hintFor(errors: readonly string[]): string {
  const start = errors.findIndex((line) => line.endsWith('Close matches:'));
  const matches =
    start === -1 ? [] : errors.slice(start + 1, start + 4).filter((line) => line.startsWith('  '));
  const meant = matches.length === 0 ? '' : `did you mean ${matches.map((line) => line.trim()).join(', ')}? `;
  return `${meant}check the name, and that the layer with the recipe is in conf/bblayers.conf and its submodule is checked out`;
}

function localeMissing({ errors }: Evidence) {
  if (findFirst(errors, /Please make sure locale |Please use a locale setting/) === undefined)
    return undefined;
  return toolFailed('build.locale-missing', 'bitbake needs a UTF-8 locale, and this machine has none', {
    hint: 'generate en_US.UTF-8 (locale-gen en_US.UTF-8) or set LC_ALL to a UTF-8 locale that exists (locale -a)',
  });
}

function locked({ errors }: Evidence) {
  const pattern =
    /Unable to connect to bitbake server|Unable to start bitbake server|No reply after pinging server|bitbake\.lock/;
  if (findFirst(errors, pattern) === undefined) return undefined;
  return toolFailed('build.locked', 'bitbake could not reach or start its server in the build folder', {
    hint: 'another bitbake may hold it: see build/bitbake-cookerdaemon.log, end that build or stop its server with `bitbake -m`',
  });
}

function failed({ errors }: Evidence) {
  const first = errors.find((line) => line.trim() !== '');
  const detail = first === undefined ? '' : `: ${first.trim()}`;
  return toolFailed('build.failed', `the build failed${detail}`, {
    hint: 'read the log of the build; its first error usually causes the others',
  });
}
