import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { StandInScript } from './test-qemu.ts';

/** Plays QEMU: connects its console and its control socket, speaks QMP, and does what the script says. */
const script = JSON.parse(readFileSync(process.env.STAND_IN_SCRIPT ?? '', 'utf8')) as StandInScript;
const words = process.argv.slice(2);
appendFileSync(
  `${process.env.STAND_IN_SCRIPT}.calls`,
  `${JSON.stringify({ pid: process.pid, words, TMPDIR: process.env.TMPDIR })}\n`,
);
// Whatever goes wrong in a test, nothing of it stays.
setTimeout(() => process.exit(99), 60_000).unref();
if (script.ignoresSigterm) process.on('SIGTERM', () => undefined);
else process.on('SIGTERM', () => process.exit(0));

if (words.includes('stdio')) tryGuest();
else await boot();

function tryGuest(): void {
  if (script.kvm === 'hangs') setInterval(() => undefined, 1000);
  if (script.kvm === 'works') process.stdout.write('K');
  if (script.kvm === 'refuses') process.stderr.write('Could not access KVM kernel module\n');
  process.exitCode = script.kvm === 'works' ? 33 : 1;
}

async function boot(): Promise<void> {
  const socketOf = (id: string): string =>
    /path=(.*)/.exec(words.find((word) => word.startsWith(`socket,id=${id},`)) ?? '')?.[1] ?? '';
  const serial = await connected(socketOf('console'));
  if (script.early !== '') await new Promise((done) => serial.write(script.early, done));
  const control = await connected(socketOf('control'));
  // A pipe to nobody keeps the process until it is told to end.
  setInterval(() => undefined, 1000);
  await negotiate(control);
  for (const step of script.steps) {
    if ('print' in step) await new Promise((done) => serial.write(step.print, done));
    if ('event' in step) tell(control, { event: step.event, data: step.data ?? {}, timestamp: {} });
    if ('exit' in step) {
      process.stderr.write(step.stderr ?? '', () => process.exit(step.exit));
      return;
    }
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on('error', reject);
  });
}

function tell(socket: Socket, message: unknown): void {
  socket.write(`${JSON.stringify(message)}\r\n`);
}

function negotiate(control: Socket): Promise<void> {
  const version = { qemu: { micro: 3, minor: 2, major: 9 }, package: 'stand-in' };
  tell(control, { QMP: { version, capabilities: ['oob'] } });
  return new Promise((resolve) => {
    let open = '';
    control.on('data', (bytes) => {
      const lines = (open + bytes).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) {
        const { execute, arguments: values, id } = JSON.parse(line);
        answer(control, execute, values, id);
        if (execute === 'qmp_capabilities') resolve();
      }
    });
  });
}

function answer(control: Socket, command: string, values: Record<string, string>, id: number): void {
  if (command === 'quit' && script.ignoresQuit) return;
  const refusal = command === 'screendump' ? drawScreen(values) : undefined;
  if (refusal !== undefined) tell(control, { id, error: { class: 'GenericError', desc: refusal } });
  else tell(control, { id, return: command === 'query-status' ? { status: script.status } : {} });
  if (command === 'quit') process.exit(0);
}

/** Why it does not; undefined when it did. */
function drawScreen({ format, filename = '' }: Record<string, string>): string | undefined {
  if (script.screen === 'none') return 'no console';
  if (format === 'png' && script.screen !== 'png') return 'Enable PNG support with libpng for screendump';
  writeFileSync(filename, format === 'png' ? 'PNG of the stand-in' : 'P6\n2 1\n255\n......', 'latin1');
  return undefined;
}
