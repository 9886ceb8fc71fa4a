import {
  compareEsrLines,
  type EsrLine,
  type EsrTags,
  esrLineOf,
  isEsrVersion,
  type Problem,
  parseEsrLine,
  parseRecordedVersion,
} from '@osrel/core';
import type { LineStatus, VersionStatus } from './read-status.ts';

/** Where the sides disagree, each with what it means for devices. Pure. */
export function auditStatus(line: LineStatus): readonly Problem[] {
  return [
    ...line.versions.flatMap((version) => auditVersion(version, line)),
    ...auditLatest(line),
    ...auditEsrTags(line),
  ];
}

function auditVersion(version: VersionStatus, line: LineStatus): readonly Problem[] {
  const at = `${line.application} ${version.version}`;
  const problem = (message: string): Problem => ({ at, message });
  const problems: Problem[] = [];
  if (version.release === 'final' && version.gitTag === null)
    problems.push(problem('is final, but no git tag names its source'));
  if (version.release === 'final' && version.store !== 'published') {
    problems.push(
      problem(
        `is final, but its images are ${version.store === 'none' ? 'not in the object store' : 'only half uploaded'}`,
      ),
    );
  }
  if (version.release !== 'final' && version.isLatest)
    problems.push(problem(`is what latest points to, but its release is ${sayRelease(version)}`));
  if (version.release === 'withdrawn' && version.store === 'published')
    problems.push(problem('was withdrawn, but readers of the object store still see its images'));
  if (version.release === 'none' && version.store === 'published')
    problems.push(problem('has published images, but no release'));
  if (version.doubledIds.length > 0) {
    problems.push(problem(`was made ${version.doubledIds.length} times: ${version.doubledIds.join(', ')}`));
  }
  return problems;
}

function auditLatest(line: LineStatus): readonly Problem[] {
  const at = `${line.application} latest`;
  const newest = line.versions.find(
    (version) => version.release === 'final' && version.store === 'published',
  );
  if (line.latest === null)
    return newest === undefined
      ? []
      : [{ at, message: `points nowhere, but ${newest.version} is final and published` }];
  const pointed = line.versions.find((version) => version.isLatest);
  if (pointed === undefined) return [{ at, message: `points to ${line.latest}, which no side knows` }];
  if (pointed.store !== 'published')
    return [{ at, message: `points to ${line.latest}, whose images are not published` }];
  // Versions come newest first.
  const isBehind = newest !== undefined && line.versions.indexOf(newest) < line.versions.indexOf(pointed);
  return isBehind
    ? [{ at, message: `points to ${line.latest}, but ${newest.version} is newer, final and published` }]
    : [];
}

function auditEsrTags({ esrTags, application, versions }: LineStatus): readonly Problem[] {
  if (esrTags === null) return [];
  const finals = versions
    .filter((version) => version.release === 'final')
    .map((version) => parseRecordedVersion(version.version));
  const lines = finals.filter(isEsrVersion).map(esrLineOf);
  const problems: Problem[] = [];
  const read = (tag: keyof EsrTags): EsrLine | null => {
    const value = esrTags[tag];
    const line = value === null ? null : findLine(value);
    if (line === undefined)
      problems.push({
        at: `${application} esr-${tag}`,
        message: `is ${JSON.stringify(value)}, which is no ESR line`,
      });
    else if (line !== null && !lines.some((each) => compareEsrLines(each, line) === 0)) {
      problems.push({
        at: `${application} esr-${tag}`,
        message: `is ${value}, but that line has no final release`,
      });
    }
    return line ?? null;
  };
  const order = [read('next'), read('current'), read('sunset')].filter((line) => line !== null);
  const isDescending = order.every(
    (line, index) => index === 0 || compareEsrLines(order[index - 1] ?? line, line) > 0,
  );
  return isDescending
    ? problems
    : [...problems, { at: `${application} ESR tags`, message: 'are not in the order next, current, sunset' }];
}

function findLine(text: string): EsrLine | undefined {
  try {
    return parseEsrLine(text);
  } catch {
    return undefined; // parseEsrLine throws for one reason only
  }
}

function sayRelease({ release }: VersionStatus): string {
  if (release === 'withdrawn') return release;
  return release === 'none' ? 'not there' : `a ${release}`;
}
