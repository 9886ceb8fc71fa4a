import { assertNever } from '../errors/assert-never.ts';
import type { Trigger } from '../model/trigger.ts';

/** What happened, in one phrase for people: `tag v6.5.1 of balena-os/balena-raspberrypi`. */
export function explainTrigger(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'pull-request':
      return `pull request #${trigger.number} of ${trigger.repository}${trigger.origin === 'fork' ? ', from a fork' : ''}`;
    case 'tag':
      return `tag ${trigger.tag} of ${trigger.repository}`;
    case 'branch':
      return `push to branch ${trigger.branch} of ${trigger.repository}`;
    case 'manual':
      return `manual dispatch by ${trigger.actor ?? 'someone unknown'} on ${trigger.ref} of ${trigger.repository}`;
    case 'schedule':
      return `schedule on ${trigger.ref} of ${trigger.repository}`;
    case 'command':
      return `the command osrel ${trigger.command}${trigger.force === null ? '' : `, forced: ${trigger.force.reason}`}`;
    case 'undo':
      return trigger.action === 'withdraw'
        ? `the withdrawal of ${trigger.version ?? 'a version'}: ${trigger.reason}`
        : `the rollback of latest: ${trigger.reason}`;
    case 'nothing':
      return `nothing to do: ${trigger.because}`;
    default:
      return assertNever(trigger);
  }
}
