import { cp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../execa/run-program.ts';
import { readVariables } from '../watch/read-variables.ts';
import { createBitbakeFrontEnd } from './create-bitbake-front-end.ts';
import {
  buildRequest,
  INIT_SCRIPT_TEXT,
  makeTestRepository,
  type TestRepository,
} from './test-repository.ts';

const CHECKOUT = process.env.OSREL_TEST_BITBAKE ?? '';

const LAYER = 'layers/meta-balena-tiny';
const FILES = {
  'layers/poky/oe-init-build-env': INIT_SCRIPT_TEXT,
  [`${LAYER}/conf/layer.conf`]: `BBPATH .= ":\${LAYERDIR}"
BBFILES += "\${LAYERDIR}/*.bb"
BBFILE_COLLECTIONS += "tiny"
BBFILE_PATTERN_tiny := "^\${LAYERDIR}/"
BBFILE_PRIORITY_tiny = "1337"
LAYERSERIES_COMPAT_tiny = "tiny"
LAYERSERIES_CORENAMES = "tiny"
`,
  [`${LAYER}/conf/samples/bblayers.conf.sample`]: `BBPATH = "\${TOPDIR}"\nBBFILES ?= ""\nBBLAYERS ?= "\${TOPDIR}/../${LAYER}"\n`,
  [`${LAYER}/conf/samples/local.conf.sample`]: 'OS_DEVELOPMENT ?= "1"\n',
  [`${LAYER}/balena-image_1.0.bb`]: `python do_build() {
    import json, os
    names = json.loads(d.getVar('ASKED'))
    with open(os.path.join(d.getVar('TOPDIR'), 'told.json'), 'w') as told:
        json.dump({name: d.getVar(name) for name in names}, told)
}
do_build[nostamp] = "1"
`,
};

const ODD = {
  PLAIN: 'two words',
  SINGLE: "it's",
  DOUBLE: 'say "hi" # no comment',
  ONE_DOUBLE: 'a "',
  BOTH: `both ' and "`,
  LINES: 'one\ntwo\r\n',
  BACKSLASH: 'C:\\x\\',
  EQUALS: 'a==b=',
  BLANKS: ' a  b\t',
  EMPTY: '',
};

describe.skipIf(CHECKOUT === '')('a real bitbake (OSREL_TEST_BITBAKE names its checkout)', () => {
  let repository: TestRepository;
  beforeEach(async () => {
    repository = await makeTestRepository(FILES);
    const { root } = repository;
    await symlink(CHECKOUT, join(root, 'layers/poky/bitbake'));
    await cp(join(CHECKOUT, 'classes/base.bbclass'), join(root, LAYER, 'classes/base.bbclass'));
    const conf = await readFile(join(CHECKOUT, 'conf/bitbake.conf'), 'utf8');
    const includes = ['site', 'auto', 'local', 'machine/$' + '{MACHINE}'].map(
      (name) => `include conf/${name}.conf\n`,
    );
    // The base class of bitbake itself has a bare recipe; OE-Core's own configuration reads the same files.
    await repository.write(`${LAYER}/conf/bitbake.conf`, `${conf}\n${includes.join('')}INHERIT ?= ""\n`);
  });
  afterEach(() => repository.removeAll());

  async function build(changes: Parameters<typeof buildRequest>[0]) {
    const prepared = await createBitbakeFrontEnd(repository.options).prepare(buildRequest(changes));
    const beginning = repository.beginning();
    const started = await prepared.begin(beginning);
    const { end } = await runProgram({
      ...started.command,
      signal: beginning.signal,
      onLine: beginning.onLine,
    });
    expect({ end, problems: prepared.problems }, beginning.lines.join('\n')).toEqual({
      end: { kind: 'exited', exitCode: 0 },
      problems: [],
    });
    const told: unknown = JSON.parse(await readFile(join(repository.root, 'build/told.json'), 'utf8'));
    return { told, events: await readFile(beginning.eventLog, 'utf8'), prepared };
  }

  const variables = (names: readonly string[]) => [
    ...Object.entries(ODD).map(([name, value]) => ({ name, value })),
    { name: 'ASKED', value: JSON.stringify(names) },
  ];

  it('reads every value as it was meant, and the secret from its environment', {
    timeout: 120_000,
  }, async () => {
    const names = [...Object.keys(ODD), 'OS_DEVELOPMENT', 'MACHINE', 'DEVICE_TYPE', 'SIGN_API_KEY', 'DL_DIR'];
    const { told } = await build({
      variables: variables(names),
      downloads: 'shared/downloads',
      secretVariables: [{ name: 'SIGN_API_KEY', env: 'CI_KEY' }],
    });
    expect(told).toEqual({
      ...ODD,
      OS_DEVELOPMENT: '0',
      MACHINE: 'tiny',
      DEVICE_TYPE: 'tiny-type',
      SIGN_API_KEY: 'very-secret',
      DL_DIR: join(repository.root, 'shared/downloads'),
    });
  });

  it('tells final values in the event log that the environment names', { timeout: 120_000 }, async () => {
    const { events, prepared } = await build({ variables: variables(['PLAIN']) });
    const line = events.split('\n').find((each) => each.includes('"allvariables"')) ?? '';
    const names = prepared.watchedVariables ?? [];
    expect(readVariables(line, names)).toMatchObject({ OS_DEVELOPMENT: '0', DOUBLE: ODD.DOUBLE });
  });
});
