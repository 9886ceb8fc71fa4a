import {
  badUsage,
  type ForceRequest,
  formatOsVersion,
  parseOsVersion,
  STAGES,
  type Stage,
  type Trigger,
} from '@osrel/core';
import type { Flags } from './flags.ts';
import type { Invocation } from './host.ts';

export interface CommandTriggerRequest {
  readonly command: 'release' | Stage;
  readonly stages: readonly Stage[];
  readonly release?: string | null;
  /** Test matrix entries or suites; empty: all. */
  readonly entries?: readonly string[];
}

/** Stages of a whole release: the one that rotates a fleet's ESR tags only where `--esr` says so. */
export function releaseStages(flags: Flags): readonly Stage[] {
  return flags.isSet('esr') ? STAGES : STAGES.filter((stage) => stage !== 'esr');
}

/** What a typed command asks for. Throws usage `force.no-reason`, `force.reason-unused`. */
export function commandTrigger({ flags }: Invocation, request: CommandTriggerRequest): Trigger {
  return {
    kind: 'command',
    command: request.command,
    repository: null,
    stages: request.stages,
    demandsEsr: flags.isSet('esr'),
    force: readForce(flags.isSet('forceFinalize'), flags.findText('reason')),
    release: request.release ?? null,
    ...(request.entries === undefined || request.entries.length === 0 ? {} : { entries: request.entries }),
    ...readReplaced(flags.findText('replacePublished')),
  };
}

/** The version whose published files may be replaced, in its canonical form. Throws usage `version.malformed`. */
function readReplaced(version: string | undefined): { readonly replacePublished?: string } {
  return version === undefined ? {} : { replacePublished: formatOsVersion(parseOsVersion(version)) };
}

function readForce(isForced: boolean, reason: string | undefined): ForceRequest | null {
  const given = reason?.trim() ?? '';
  if (isForced && given === '') {
    throw badUsage(
      'force.no-reason',
      '--force-finalize needs --reason TEXT, which is kept with the release',
      {
        hint: 'add for example: --reason "lab is down, tested by hand"',
      },
    );
  }
  if (isForced) return { reason: given };
  if (reason === undefined) return null;
  throw badUsage(
    'force.reason-unused',
    '--reason says why --force-finalize is given, and that is not there',
    {
      hint: 'add --force-finalize, or leave --reason out',
    },
  );
}
