import { describe, expect, it } from 'vitest';
import type { DescribedBuild } from '../describe-builds.ts';
import { renderBuild } from './build-text.ts';
import { NO_PAINT } from './paint.ts';

const BUILD: DescribedBuild = {
  stepId: 'build-hostapp',
  frontEnd: 'barys',
  command: {
    file: '/repo/balena-yocto-scripts/build/barys',
    arguments: ['--machine', 'raspberrypi5', '-a', 'GREETING=hello you'],
    workingDirectory: '/repo',
    environment: { MACHINE: 'raspberrypi5', SIGN_API_KEY: '***' },
  },
  settingsFile: { path: '/repo/build/conf/auto.conf', text: 'A = "1"\n\nB = "2"\n' },
  notes: ['templates: layers/meta-balena-raspberrypi/conf/samples (priority 1337)'],
  problems: [{ at: 'layers/poky', message: 'not fetched; run: git submodule update --init --recursive' }],
};

describe('what a build would run', () => {
  it('is shown with folder, command, environment, settings file, notes and problems', () => {
    expect(renderBuild(BUILD, NO_PAINT)).toMatchInlineSnapshot(`
      "build-hostapp runs barys
        folder
          /repo
        command
          /repo/balena-yocto-scripts/build/barys --machine raspberrypi5 -a 'GREETING=hello you'
        environment that osrel sets
          MACHINE=raspberrypi5
          SIGN_API_KEY='***'
        settings file /repo/build/conf/auto.conf
          A = "1"

          B = "2"
        notes
          - templates: layers/meta-balena-raspberrypi/conf/samples (priority 1337)
        it cannot run here yet
          - layers/poky: not fetched; run: git submodule update --init --recursive
      "
    `);
  });

  it('says nothing about what there is not', () => {
    const bare = { ...BUILD, settingsFile: null, notes: [], problems: [] };
    const text = renderBuild({ ...bare, command: { ...BUILD.command, environment: {} } }, NO_PAINT);
    expect(text).toBe(
      "build-hostapp runs barys\n  folder\n    /repo\n  command\n    /repo/balena-yocto-scripts/build/barys --machine raspberrypi5 -a 'GREETING=hello you'\n",
    );
  });

  it('obeys no control character of anything it quotes', () => {
    const text = renderBuild(
      {
        ...BUILD,
        frontEnd: 'ba\u001b[31mrys',
        notes: ['a\u0007b'],
        problems: [{ at: 'x\u001b[2J', message: 'y\u001b[1A' }],
        settingsFile: { path: 'p\r', text: 'A = "\u001b[0m"' },
        command: { ...BUILD.command, environment: { A: '\u001b[5m' }, arguments: ['\u001b[6m'] },
      },
      NO_PAINT,
    );
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
