import type { BuildConfig } from '../../config/build-config.ts';
import type { BuildSettings } from '../../model/build-settings.ts';
import type { DeviceType } from '../../model/device-type.ts';

export interface SharedStateQuestion {
  readonly deviceType: Pick<DeviceType, 'slug' | 'fileBaseName'>;
  readonly build: Pick<BuildConfig, 'container' | 'sharedStateRoot' | 'stateCache' | 'frontend'>;
  readonly signing: 'signed' | 'unsigned';
  readonly buildDirectory: string;
  /** The folder that an argument names. */
  readonly asked: string | undefined;
  readonly saves: boolean;
}

/**
 * Where shared state is kept. A signed and an unsigned build never meet in one folder or under one key, nor do two
 * device types of one machine where osrel chooses the folder (the reference keeps both together: balena-workflow W29).
 */
export function settleSharedState(
  question: SharedStateQuestion,
): Pick<BuildSettings, 'sharedState' | 'stateCache'> {
  const { build, deviceType, saves } = question;
  return {
    sharedState: folderOf(question),
    stateCache:
      build.stateCache === null
        ? null
        : { ...build.stateCache, key: withSigning(deviceType.slug, question.signing), save: saves },
  };
}

function folderOf({ build, deviceType, signing, asked, buildDirectory }: SharedStateQuestion): string | null {
  const { slug, fileBaseName } = deviceType;
  if (asked !== undefined) return signing === 'signed' ? `${asked}/${withSigning(slug, signing)}` : asked;
  if (build.sharedStateRoot !== null) return `${build.sharedStateRoot}/${withSigning(slug, signing)}`;
  // balena-automation 1.11 names the machine, which is the file's name too for all but a machine's second device type.
  const owner = withSigning(fileBaseName, signing);
  if (build.container !== null) return `shared/${owner}/sstate`;
  if (signing === 'unsigned' || build.frontend === 'command') return null;
  return `${buildDirectory}/sstate-cache-${owner}`;
}

function withSigning(name: string, signing: SharedStateQuestion['signing']): string {
  return signing === 'signed' ? `${name}-signed` : name;
}
