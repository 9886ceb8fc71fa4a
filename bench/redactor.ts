// Measures how fast secrets are removed from a build log. Run: node bench/redactor.ts [megabytes]
import { createRedactor } from '../packages/core/src/engine/redactor.ts';

const MEGABYTE = 1_000_000;
const CHUNK = 65_536;
const ROUNDS = 5;

const megabytes = Number(process.argv[2] ?? 100);
const secrets = ['balena-api-key', 'aws-secret', 'github-token', 'registry-password'].map(
  (name, index) => `${name}-${(0x9e3779b97f4a7c15n * BigInt(index + 3)).toString(36)}${'qZ7+/x'.repeat(4)}`,
);
const privateKey = ['-----BEGIN PRIVATE KEY-----', ...keyLines(24), '-----END PRIVATE KEY-----', ''].join(
  '\n',
);

const chunks = chunksOf(logOf(megabytes * MEGABYTE));
console.log(
  `${megabytes} MB of build log in chunks of ${CHUNK} characters, MB per second of processor time, best and median of ${ROUNDS} rounds`,
);
measure('no secret', []);
measure('one token', secrets.slice(0, 1));
measure('four tokens', secrets);
measure('four tokens and a private key', [...secrets, privateKey]);
measure('one secret of six characters', ['hunter']);

function measure(name: string, values: readonly string[]): void {
  const redactor = createRedactor(values);
  const rates = Array.from({ length: ROUNDS }, () => {
    const stream = redactor.stream();
    let given = 0;
    const start = process.cpuUsage();
    for (const chunk of chunks) given += stream.push(chunk).length;
    given += stream.end().length;
    if (given === 0) throw new Error('nothing came out');
    const { user, system } = process.cpuUsage(start);
    return megabytes / ((user + system) / 1_000_000);
  }).sort((a, b) => b - a);
  console.log(
    `${name.padEnd(32)} ${Math.round(rates[0] ?? 0)} MB/s, median ${Math.round(rates[2] ?? 0)} MB/s`,
  );
}

function logOf(length: number): string {
  const lines = Array.from(
    { length: 2000 },
    (_, index) =>
      `NOTE: recipe linux-raspberrypi-1_6.${index % 13}.${(index * 7919) % 211}+gitAUTOINC+${(index * 2654435761).toString(16)}-r0: task do_${
        ['fetch', 'unpack', 'patch', 'compile', 'install', 'package_write_ipk'][index % 6]
      }: Succeeded (${index * 17} ms) /work/build/tmp/work/raspberrypi4_64-poky-linux/${(index * 40503).toString(36)}/temp/log.do_compile\n`,
  ).join('');
  return lines.repeat(Math.ceil(length / lines.length)).slice(0, length);
}

function chunksOf(text: string): readonly string[] {
  // Through a buffer, because a slice of a string is no string of its own.
  return Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, index) =>
    Buffer.from(text.slice(index * CHUNK, (index + 1) * CHUNK)).toString('latin1'),
  );
}

function keyLines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(
      Array.from({ length: 48 }, (_, byte) => (index * 97 + byte * 31 + ((index * byte) % 29)) % 256),
    ).toString('base64'),
  );
}
