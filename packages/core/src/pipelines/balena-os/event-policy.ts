import type { Config, EventAction, EventName } from '../../config/config.ts';
import { EVENT_ACTIONS } from '../../config/config.ts';
import { assertNever } from '../../errors/assert-never.ts';
import type { Stage } from '../../model/stage.ts';
import type { Trigger } from '../../model/trigger.ts';
import type { Decision } from '../../plan/plan.ts';

/** What is asked for, action by action, each with the decision that says why. */
export interface EventPolicyChoice {
  readonly event: EventName | 'command' | 'nothing';
  readonly wants: Readonly<Record<EventAction, boolean>>;
  readonly decisions: readonly Decision[];
}

interface Answer {
  readonly yes: boolean;
  readonly because: string;
  readonly origin: string;
  readonly change?: string;
}

/** Reads the event table (docs/reference/events.md) for one trigger; every cell becomes a decision. */
export function chooseActions(trigger: Trigger, esr: boolean, config: Config): EventPolicyChoice {
  const event = eventOf(trigger, esr);
  const answers = EVENT_ACTIONS.map((action) => ({
    action,
    answer: answerFor(action, { trigger, event, esr, config }),
  }));
  return {
    event,
    wants: Object.fromEntries(answers.map(({ action, answer }) => [action, answer.yes])) as Record<
      EventAction,
      boolean
    >,
    decisions: answers.map(({ action, answer }) => ({
      rule: `event.${action}`,
      outcome: answer.yes ? 'yes' : 'no',
      because: answer.because,
      origin: answer.origin,
      ...(answer.change === undefined ? {} : { change: answer.change }),
    })),
  };
}

interface Cell {
  readonly trigger: Trigger;
  readonly event: EventPolicyChoice['event'];
  readonly esr: boolean;
  readonly config: Config;
}

function eventOf(trigger: Trigger, esr: boolean): EventPolicyChoice['event'] {
  switch (trigger.kind) {
    case 'tag':
      return esr ? 'esr-tag' : 'tag';
    case 'pull-request':
    case 'branch':
    case 'manual':
    case 'schedule':
    case 'nothing':
    case 'command':
      return trigger.kind;
    case 'undo':
      return 'nothing';
    default:
      return assertNever(trigger);
  }
}

function answerFor(action: EventAction, cell: Cell): Answer {
  const { trigger, event, config } = cell;
  if (trigger.kind === 'nothing' || event === 'nothing') {
    return {
      yes: false,
      because: trigger.kind === 'nothing' ? trigger.because : 'nothing is released',
      origin: 'event',
    };
  }
  if (trigger.kind === 'command' || event === 'command') return answerForCommand(action, cell);
  const { choice, origin } = config.events[event][action];
  if (
    trigger.kind === 'pull-request' &&
    trigger.origin === 'fork' &&
    choice === 'yes' &&
    action.startsWith('deploy')
  ) {
    return { yes: false, because: "a fork's pull request never sees deploy credentials", origin: 'rule' };
  }
  if (choice === 'as-asked')
    return trigger.kind === 'manual'
      ? answerForManual(action, trigger)
      : { yes: false, because: 'nobody can ask on this event', origin };
  return {
    yes: choice === 'yes',
    because: `${describeEvent(trigger, cell.esr)}: ${action} is ${choice}`,
    origin,
  };
}

function answerForManual(action: EventAction, trigger: Extract<Trigger, { kind: 'manual' }>): Answer {
  const { request } = trigger;
  const asked: Partial<Record<EventAction, boolean | undefined>> = {
    'run-tests': request.runTests,
    'deploy-hostapp': request.deployHostapp ?? (request.forceFinalize || undefined),
    'deploy-s3': request.deployStore ?? (request.forceFinalize || undefined),
    'finalize-hostapp': request.forceFinalize || undefined,
  };
  const value = asked[action];
  const input = action === 'finalize-hostapp' ? 'force-finalize' : action;
  if (value === undefined) {
    return {
      yes: false,
      because: `not asked for (input ${input})`,
      origin: 'event',
      change: `start it with ${input}: true`,
    };
  }
  return { yes: value, because: `asked for: ${value ? 'yes' : 'no'} (input ${input})`, origin: 'event' };
}

/** The stage an action belongs to, for commands that name stages. */
const STAGE_OF_ACTION: Readonly<Record<EventAction, Stage>> = {
  build: 'build',
  'run-tests': 'test',
  'deploy-hostapp': 'deploy',
  'deploy-s3': 'deploy',
  'check-merge-tests': 'finalize',
  'finalize-hostapp': 'finalize',
  'deploy-esr': 'esr',
};

/** A typed command asks for its stages and nothing else; `release` asks for what a new tag does. */
function answerForCommand(action: EventAction, cell: Cell): Answer {
  const { trigger, esr, config } = cell;
  if (trigger.kind !== 'command') return { yes: false, because: 'no command', origin: 'flag' };
  const isAsked = trigger.stages.includes(STAGE_OF_ACTION[action]);
  const because = `osrel ${trigger.command} asks for the stages: ${trigger.stages.join(', ')}`;
  if (trigger.command !== 'release' || !isAsked) return { yes: isAsked, because, origin: 'flag' };
  const { choice, origin } = config.events[esr ? 'esr-tag' : 'tag'][action];
  return {
    yes: choice === 'yes',
    because: `osrel release does what a new ${esr ? 'ESR ' : ''}tag does: ${action} is ${choice}`,
    origin,
  };
}

function describeEvent(trigger: Trigger, esr: boolean): string {
  switch (trigger.kind) {
    case 'pull-request':
      return `pull request #${trigger.number}`;
    case 'tag':
      return `new ${esr ? 'ESR ' : ''}tag ${trigger.tag}`;
    case 'branch':
      return `push to branch ${trigger.branch} (its tag releases it)`;
    case 'manual':
      return `started by hand${trigger.actor === null ? '' : ` by ${trigger.actor}`}`;
    default:
      return trigger.kind;
  }
}
