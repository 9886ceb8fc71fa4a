import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { expectRefusal, type Refusal } from './expect-refusal.ts';
import { deviceType, type Files, makeFolder, makeTinyCheckout, type TinyOptions } from './tiny-checkout.ts';

interface Case extends Omit<Refusal, 'words' | 'exitCode'> {
  readonly words?: readonly string[];
  readonly exitCode?: number;
  readonly checkout?: TinyOptions;
  readonly files?: Files;
}

const COMPOSITION = `version: '2.4'
services:
  hostapp:
    image: something-else
    x-build: { colour: red }
    labels: { io.balena.image.class: neither }
`;

const CASES: Readonly<Record<string, Case>> = {
  'repo.yml is missing': {
    files: { 'repo.yml': undefined },
    code: 'repository.not-device',
    names: ['repo.yml'],
  },
  'repo.yml is of another type': {
    files: { 'repo.yml': 'type: node-cli\n' },
    code: 'repository.not-device',
    names: ['repo.yml', 'node-cli'],
  },
  'repo.yml is no YAML': {
    files: { 'repo.yml': 'a: 1\n  b: [\n' },
    code: 'yaml.malformed',
    names: ['repo.yml:1'],
  },
  'the machine is unknown': {
    words: ['plan', '--machine', 'tinny'],
    code: 'machine.unknown',
    names: ['tinny', 'tiny'],
    hint: 'did you mean --machine tiny?',
  },
  'there are several machines and none is chosen': {
    checkout: { machines: ['alpha', 'beta'] },
    code: 'machine.ambiguous',
    names: ['alpha, beta'],
    hint: '--machine alpha',
  },
  'a device type file is no CoffeeScript': {
    files: { 'tiny.coffee': "module.exports =\n\tslug: 'tiny'\n\tname: ]\n" },
    code: 'device-type.malformed',
    names: ['tiny.coffee:3'],
  },
  'a device type file lacks keys and has wrong ones': {
    files: {
      'tiny.coffee': "module.exports =\n\tslug: '../../etc'\n\tname: 'x'\n\tyocto: { machine: '-rf' }\n",
    },
    code: 'device-type.malformed',
    names: ['tiny.coffee', 'arch', 'slug', 'yocto.machine', 'yocto.deployArtifact'],
  },
  'a device type in YAML is malformed': {
    files: { 'other.yml': 'yocto:\n  machine: x\n machine: y\n' },
    code: 'device-type.malformed',
    names: ['other.yml:3'],
  },
  'a contract is no JSON': {
    files: { 'contracts/contracts/sw.os/balena-os/contract.json': '{\n  "type": "sw.os",\n}\n' },
    code: 'contract.malformed',
    names: ['contract.json:3'],
  },
  'a composition is no YAML': {
    files: { 'tiny.hostapp.yml': "version: '2.4'\nservices:\n  hostapp: {\n" },
    code: 'yaml.malformed',
    names: ['tiny.hostapp.yml:4'],
  },
  'a composition breaks several rules': {
    files: { 'tiny.hostapp.yml': COMPOSITION },
    code: 'composition.malformed',
    names: ['tiny.hostapp.yml', 'services.hostapp'],
  },
  'osrel.yml has unknown keys': {
    files: { 'osrel.yml': 'sistem: balena-os\ntests:\n  requird: [smoke]\n' },
    code: 'config.invalid',
    names: ['osrel.yml:1', 'sistem', 'system', 'osrel.yml:3', 'requird', 'required'],
  },
  'osrel.yml is no YAML': {
    files: { 'osrel.yml': 'tests: [\n' },
    code: 'config.syntax',
    names: ['osrel.yml:2'],
  },
  'VERSION is missing': { files: { VERSION: undefined }, code: 'version.missing', names: ['VERSION'] },
  'VERSION is malformed': {
    files: { VERSION: 'six.five\n' },
    code: 'version.file-malformed',
    names: ['VERSION', 'six.five'],
  },
  'an ESR version is on another branch': {
    checkout: { version: '2026.7.0' },
    words: ['deploy'],
    exitCode: 4,
    code: 'version.esr-mismatch',
    names: ['2026.7.0', 'main'],
    hint: '2026.7.x',
  },
  'an ESR version is released without saying so': {
    checkout: { version: '2026.7.0', branch: '2026.7.x' },
    exitCode: 4,
    words: ['release'],
    code: 'version.is-esr',
    names: ['2026.7.0'],
    hint: 'osrel release --esr',
  },
  'another version is on an ESR branch': {
    checkout: { branch: '2026.7.x' },
    words: ['release'],
    exitCode: 4,
    code: 'version.esr-mismatch',
    names: ['2026.7.x', '6.5.1'],
  },
  '--esr is given for another version': {
    words: ['release', '--esr'],
    exitCode: 4,
    code: 'version.not-esr',
    names: ['--esr', '6.5.1'],
  },
};

describe('a repository that cannot be released', () => {
  it.each(Object.entries(CASES))(
    'is refused with its place when %s',
    async (_, { files = {}, checkout, ...refusal }) => {
      const { path, commit } = await makeTinyCheckout(checkout);
      await commit('Break it', files);
      await expectRefusal(path, { words: ['plan'], exitCode: 2, mayChange: ['.osrel/'], ...refusal });
    },
  );

  it('is refused when it is no git checkout', async () => {
    const { path } = await makeTinyCheckout();
    await rm(join(path, '.git'), { recursive: true });
    await expectRefusal(path, { words: ['plan'], exitCode: 2, code: 'repository.not-git', names: [path] });
  });

  it('is refused when the folder is empty or missing', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'empty'));
    await expectRefusal(join(folder, 'empty'), {
      words: ['plan'],
      exitCode: 2,
      code: 'repository.not-git',
      names: ['empty'],
    });
    await expectRefusal(folder, {
      words: ['plan', '--cwd', 'nowhere'],
      exitCode: 2,
      code: 'directory.missing',
      names: ['nowhere'],
    });
  });

  it('is refused when its tree has uncommitted changes, but may be built', async () => {
    const { path, write } = await makeTinyCheckout();
    await write({ 'CHANGELOG.md': '# Other\n', 'a new file': '' });
    await expectRefusal(path, {
      words: ['release'],
      exitCode: 4,
      code: 'source.dirty',
      names: ['CHANGELOG.md', 'a new file'],
      hint: 'commit or stash',
      mayChange: ['.osrel/'],
    });
  });

  it('is refused when a name in it would leave the repository', async () => {
    const { path, commit } = await makeTinyCheckout();
    for (const artifact of ['../../escape', '/etc/passwd', '-rf', 'a b', 'a\\nb', '$(touch x)', 'a;b']) {
      await commit('Try', {
        'tiny.coffee': deviceType('tiny').replace('balena-image-tiny.balenaos-img', artifact),
      });
      await expectRefusal(path, {
        words: ['plan'],
        exitCode: 2,
        code: 'device-type.malformed',
        names: ['deployArtifact'],
      });
    }
  });
});
