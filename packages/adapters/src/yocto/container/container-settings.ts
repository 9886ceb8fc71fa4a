import type { OsBuildRequest } from '@osrel/core';
import { type Assignment, type OverrideSyntax, renderAssignment } from '../settings/assignment.ts';
import { cacheAssignments } from '../settings/cache-assignments.ts';
import { REPOSITORY, SECRET_SETTINGS } from './container-paths.ts';

export interface ContainerSettingsQuestion {
  /** As barys sees it inside. */
  readonly request: OsBuildRequest;
  /** Variables that barys cannot take. */
  readonly leftOver: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: 'some' | 'none';
  readonly syntax: OverrideSyntax;
}

/**
 * The body of osrel's block in `conf/auto.conf`: what barys has no option for. Secrets are in a file of their own that
 * exists in the container only; without it a build by hand stops here instead of going on unsigned.
 */
export function renderContainerSettings(question: ContainerSettingsQuestion): string {
  const { request, leftOver, secrets, syntax } = question;
  const assignments: readonly Assignment[] = [
    ...cacheAssignments(request.settings, { root: REPOSITORY, syntax }),
    ...leftOver.map(({ name, value }) => ({ name, operator: '=' as const, value })),
  ];
  return [
    ...assignments.map(renderAssignment),
    ...(secrets === 'some'
      ? [
          '# values of secrets, mounted by osrel while it builds; remove this line to build by hand without them',
          `require ${SECRET_SETTINGS}`,
        ]
      : []),
  ].join('\n');
}
