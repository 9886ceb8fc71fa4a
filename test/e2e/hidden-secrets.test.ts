import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { osrel } from './osrel-process.ts';
import { makeTinyCheckout, WITH_SMOKE } from './tiny-checkout.ts';

const SECRETS = {
  BALENA_API_KEY: 'balena-key-7f3a9c51d0',
  GITHUB_TOKEN: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  NPM_PASSWORD: 'open sesame 42!',
};
const FORMS = Object.values(SECRETS).flatMap((value) => [
  value,
  Buffer.from(value).toString('base64'),
  encodeURIComponent(value),
]);

/** Prints every secret whole, in base64, as a part of an address, and in two writes. */
function sayAll(): string {
  return Object.values(SECRETS)
    .flatMap((value) => [
      `echo 'key: ${value}'`,
      `echo 'https://user:${encodeURIComponent(value)}@example.org/'`,
      `echo '${Buffer.from(value).toString('base64')}' >&2`,
      `printf '%s' '${value.slice(0, 9)}'; sleep 0.05; printf '%s\\n' '${value.slice(9)}'`,
    ])
    .join('\n');
}

async function readAll(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  return texts.join('\n');
}

describe('secrets of the environment', () => {
  it('are in nothing that osrel prints or keeps, whoever printed them, also when the run fails (W1, W3)', async () => {
    const { path, write } = await makeTinyCheckout({ osrelYml: WITH_SMOKE });
    await write({ 'build/say.sh': `${sayAll()}\nenv\n` });
    const script = `${sayAll()}\n`;
    await write({ 'tests/say.sh': script });
    for (const env of [{ ...SECRETS, TINY_FAIL: '1' }, SECRETS]) {
      for (const output of ['text', 'jsonl']) {
        const words = ['release', '--force-finalize', '--reason', 'x', '--output', output];
        const spoken = await osrel(path, [...words, '--events', 'build/events.jsonl', '--verbose'], { env });
        const kept = await readAll(join(path, '.osrel'));
        const places = {
          stdout: spoken.stdout,
          stderr: spoken.stderr,
          kept,
          events: await readFile(join(path, 'build/events.jsonl'), 'utf8').catch(() => ''),
        };
        for (const [place, text] of Object.entries(places))
          for (const form of FORMS) expect(text.includes(form), `${form} in ${place}`).toBe(false);
      }
    }
  });
});
