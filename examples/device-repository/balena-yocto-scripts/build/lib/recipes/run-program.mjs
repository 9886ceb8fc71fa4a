import { spawn } from 'node:child_process';

const running = new Set();

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {string[]} argumentList
 * @param {{ cwd?: string, env?: Record<string, string> }} [options] env is added to the own environment
 * @returns {Promise<{ found: boolean, status: number | null, stdout: string, stderr: string }>}
 */
export function runProgram(program, argumentList, { cwd, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argumentList, {
      cwd,
      // e2fsprogs live in a folder that is not on every user's path.
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', (error) => {
      running.delete(child);
      if (error.code === 'ENOENT') resolve({ found: false, status: null, stdout, stderr });
      else reject(error);
    });
    child.on('close', (status) => {
      running.delete(child);
      resolve({ found: true, status, stdout, stderr });
    });
  });
}

export function stopPrograms() {
  for (const child of running) child.kill('SIGTERM');
}
