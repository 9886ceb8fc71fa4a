import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measured {
  readonly wallMs: number;
  /** User and system time of the program and all that it started. */
  readonly cpuMs: number;
  /** Peak of the largest of these processes. */
  readonly peakMiB: number;
}

/** Runs a program to its end under GNU time. Throws with the end of what it said when it fails. */
export function measureProgram(
  [file = '', ...words]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'osrel-bench-time-'));
  const report = join(folder, 'report');
  try {
    const start = process.hrtime.bigint();
    const { status, error, stdout, stderr } = spawnSync(
      'time',
      ['--format', '%U %S %M', '--output', report, file, ...words],
      { env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
    if (error !== undefined) throw new Error(`GNU time (apt-get install time): ${error.message}`);
    if (status !== 0) throw new Error(`${file} exits with ${status}: ${(stdout + stderr).slice(-2000)}`);
    const [user = 0, system = 0, peakKiB = 0] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
    return { wallMs, cpuMs: (user + system) * 1000, peakMiB: peakKiB / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
