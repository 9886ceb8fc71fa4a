import { OsrelError } from '../../errors/osrel-error.ts';
import { type OsVersion, parseRecordedVersion } from '../../model/os-version.ts';

/** The version that a tag, a folder or a pointer names; undefined when it names none. */
export function findRecordedVersion(text: string): OsVersion | undefined {
  try {
    return parseRecordedVersion(text);
  } catch (error) {
    if (error instanceof OsrelError) return undefined;
    throw error;
  }
}
