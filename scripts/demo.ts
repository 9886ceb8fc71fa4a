import { bootImage } from './demo/boot-image.ts';
import { mergeAndTag, openPullRequest } from './demo/code-host-events.ts';
import { chapter, git, NAME, osrel, osrelKilledAt, say, setTheStage, write } from './demo/theatre.ts';

const MACHINE = ['--machine', 'raspberrypi4-64'];
const FAIL_MARKER = 'tests/fail-marker';

setTheStage();
git('init', '--quiet', '--initial-branch', 'main');
git('remote', 'add', 'origin', `https://code-host.example/${NAME}.git`);
write('VERSION', '6.5.0\n');
git('add', '--all');
git('commit', '--quiet', '-m', 'Start the device repository');
git('tag', '--annotate', '-m', 'v6.5.0', 'v6.5.0');

pullRequest();
mergedTag();
esrTag();
await killedDeploy();
failedTests();
await bootableImage();
closing();

function pullRequest(): void {
  chapter(1, 'A pull request: build, tests, a draft');
  const event = openPullRequest({
    number: 12,
    branch: 'quieter-boot',
    base: 'main',
    title: 'Make the boot quieter',
    change: () => write('layers/meta-balena-example/NOTES.md', 'The boot is quieter now.\n'),
  });
  osrel(['auto', '--event', event, ...MACHINE]);
}

function mergedTag(): void {
  chapter(2, 'Merged and tagged: evidence checked, release final, images in the store, latest moved');
  const event = mergeAndTag({ number: 12, branch: 'quieter-boot', base: 'main', version: '6.5.1' });
  osrel(['auto', '--event', event, ...MACHINE, '--dry-run']);
  osrel(['auto', '--event', event, ...MACHINE]);
  osrel(['status', ...MACHINE]);
  osrel(['verify', 'deploy/raspberrypi4-64/6.5.1']);
}

function esrTag(): void {
  chapter(3, 'An ESR tag: the ESR fleet and its tags rotate');
  git('checkout', '--quiet', '-b', '2026.7.x', 'main');
  const event = openPullRequest({
    number: 13,
    branch: 'declare-esr',
    base: '2026.7.x',
    title: 'Declare ESR 2026.7',
    change: () => {
      write('VERSION', '2026.7.0\n');
      write('layers/meta-balena-example/ESR.md', 'Extended support: 2026.7.\n');
    },
  });
  osrel(['auto', '--event', event, ...MACHINE, '--quiet']);
  osrel([
    'auto',
    '--event',
    mergeAndTag({ number: 13, branch: 'declare-esr', base: '2026.7.x', version: '2026.7.0' }),
    ...MACHINE,
    '--quiet',
  ]);
  osrel(['esr', 'status', ...MACHINE]);
}

async function killedDeploy(): Promise<void> {
  chapter(4, 'kill -9 in the middle of a deploy, then resume');
  const event = openPullRequest({
    number: 14,
    branch: 'new-banner',
    base: 'main',
    title: 'Greet by name',
    change: () => write('layers/meta-balena-example/NOTES.md', 'The boot greets by name.\n'),
  });
  osrel(['auto', '--event', event, ...MACHINE, '--quiet']);
  mergeAndTag({ number: 14, branch: 'new-banner', base: 'main', version: '6.5.2' });
  await osrelKilledAt(
    ['release', ...MACHINE],
    (line) => line.includes('create-draft') && line.includes('done'),
  );
  osrel(['runs']);
  osrel(['resume']);
  osrel(['status', ...MACHINE, '--audit']);
}

function failedTests(): void {
  chapter(5, 'A release whose tests failed is refused, and why says so');
  const event = openPullRequest({
    number: 15,
    branch: 'broken',
    base: 'main',
    title: 'Break the smoke test',
    change: () => write(FAIL_MARKER, 'the smoke test fails while this file is here\n'),
  });
  osrel(['auto', '--event', event, ...MACHINE, '--quiet'], { expect: 3 });
  mergeAndTag({ number: 15, branch: 'broken', base: 'main', version: '6.5.3' });
  osrel(['release', ...MACHINE], { expect: 3 });
  osrel(['why', '6.5.3', ...MACHINE]);
}

async function bootableImage(): Promise<void> {
  chapter(6, 'A second device type: a UEFI system that boots');
  await bootImage();
}

function closing(): void {
  chapter(7, 'What to look at');
  say(`  demo-work/device-repository/.osrel/world   everything that was published, as files: try ls and jq
  demo-work/device-repository/.osrel/runs    plan, journal, events and logs of every run
  demo-work/device-repository/deploy         what was built, with release-manifest.json and SHA256SUMS

next, in demo-work/device-repository:
  ../../packages/cli/bin/osrel plan --machine raspberrypi4-64`);
}
