import type { EvidenceCase } from './judge-evidence.ts';

type Measure = Pick<EvidenceCase, 'policy' | 'now'>;

const DAY_MS = 86_400_000;

/** Whether something of that time (ISO 8601) is older than the policy allows; a time that is none is. */
export function isTooOld(time: string, { policy, now }: Measure): boolean {
  if (policy.maxAgeDays === null) return false;
  return !(ageMs(time, now) <= policy.maxAgeDays * DAY_MS);
}

/** `that was 40 days ago (2026-10-12), and 30 days is the limit`. */
export function tellAge(time: string, { policy, now }: Measure): string {
  const days = Math.floor(ageMs(time, now) / DAY_MS);
  const ago = Number.isNaN(days) ? 'nobody knows when' : `${count(days)} ago (${time.slice(0, 10)})`;
  return `that was ${ago}, and ${count(policy.maxAgeDays ?? 0)} is the limit`;
}

function ageMs(time: string, now: string): number {
  return Date.parse(now) - Date.parse(time);
}

function count(days: number): string {
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}
