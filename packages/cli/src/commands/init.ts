import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { badUsage, cancelled } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import { findRoot } from '../find-root.ts';
import type { CommandRun, Host, Invocation } from '../host.ts';
import { extendGitignore, filesToWrite, type WantedFile } from '../init/files-to-write.ts';

interface Change extends WantedFile {
  readonly kind: 'create' | 'replace' | 'extend';
}

/** `osrel init`: plans its files, then writes them; never replaces one without `--force`. */
export const initialise: CommandRun = async (invocation, host) => {
  const { settings, flags } = invocation;
  const root = await findRoot(settings.directory);
  const github = await wantsWorkflow(invocation, host);
  const changes = await planChanges(root, filesToWrite({ machines: settings.machines, github }));
  const blocked = changes.filter((change) => change.kind === 'replace');
  if (blocked.length > 0 && !flags.isSet('force')) throw alreadyThere(blocked);
  const isDryRun = flags.isSet('dryRun');
  if (!isDryRun) {
    await confirm(changes, invocation, host);
    for (const change of changes) await write(root, change);
  }
  printAnswer(host, settings, {
    text: () => render(changes, isDryRun ? 'would ' : '', basename(root)),
    document: () => ({
      schemaVersion: 1,
      root,
      dryRun: isDryRun,
      files: changes.map(({ path, kind }) => ({ path, action: kind })),
    }),
  });
  suggestNext(host, settings, 'osrel doctor');
  return 0;
};

async function wantsWorkflow({ flags, settings }: Invocation, host: Host): Promise<boolean> {
  if (flags.isSet('github')) return true;
  if (
    flags.isSet('noGithub') ||
    settings.input === 'never' ||
    settings.confirmation === 'given' ||
    !host.terminal.canAsk
  )
    return false;
  return isYes(await host.terminal.ask('Write a GitHub workflow that runs `osrel auto`? [y/N] '));
}

async function confirm(changes: readonly Change[], { settings }: Invocation, host: Host): Promise<void> {
  const mayAsk = settings.input === 'ask' && settings.confirmation === 'ask' && host.terminal.canAsk;
  if (!mayAsk || changes.length === 0) return;
  const list = changes.map((change) => `${change.kind} ${change.path}`).join(', ');
  const answer = await host.terminal.ask(`${list}: go ahead? [Y/n] `);
  if (answer !== '' && !isYes(answer))
    throw cancelled('init.declined', 'nothing was written', {
      hint: 'see what it would write: osrel init --dry-run',
    });
}

async function planChanges(root: string, wanted: readonly WantedFile[]): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const file of wanted) {
    const present = await findText(join(root, file.path));
    if (present !== file.text) changes.push({ ...file, kind: present === undefined ? 'create' : 'replace' });
  }
  const gitignore = await findText(join(root, '.gitignore'));
  const text = extendGitignore(gitignore ?? '');
  if (text !== undefined)
    changes.push({ path: '.gitignore', text, kind: gitignore === undefined ? 'create' : 'extend' });
  return changes;
}

async function write(root: string, { path, text }: Change): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

function alreadyThere(blocked: readonly Change[]): Error {
  return badUsage(
    'init.exists',
    `${blocked.map((change) => change.path).join(' and ')} exist already and differ`,
    {
      hint: 'edit by hand, or replace with --force; nothing was written',
    },
  );
}

function render(changes: readonly Change[], would: string, root: string): string {
  if (changes.length === 0) return `${root} is set up already`;
  return changes.map((change) => `${would}${change.kind} ${change.path}\n`).join('');
}

async function findText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}
