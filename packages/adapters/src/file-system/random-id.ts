import { randomUUID } from 'node:crypto';

/** A text that nobody else gets. */
export function randomId(): string {
  return randomUUID();
}
