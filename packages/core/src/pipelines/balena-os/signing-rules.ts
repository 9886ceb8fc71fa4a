import type { BuildConfig, SigningConfig } from '../../config/build-config.ts';
import type { BuildSettings } from '../../model/build-settings.ts';
import type { Decision } from '../../plan/plan.ts';

const KERNEL_KEY = 'SIGN_KMOD_KEY_APPEND';
/** rm_work leaves recipes alone that this names; the kernel's is known to bitbake only. */
const KEPT_FROM_REMOVAL = { name: 'RM_WORK_EXCLUDE', value: `\${PREFERRED_PROVIDER_virtual/kernel}` };

/**
 * The hostapp's settings with its secrets and with signing (balena-workflow 4.6): the server and the ids of keys as
 * variables, the keys themselves by the environment variables that hold them. The kernel's build tree is kept where
 * its keys are looked at afterwards.
 */
export function settleSigning(settings: BuildSettings, build: BuildConfig): BuildSettings {
  const { signing } = build;
  const secrets = [...settings.secretVariables, ...build.secretVariables];
  if (signing === null) return { ...settings, secretVariables: secrets };
  return {
    ...settings,
    variables: [...settings.variables, ...publicVariables(signing), ...keptKernel(settings, signing)],
    secretVariables: [
      ...secrets,
      { name: 'SIGN_API_KEY', env: signing.key.env },
      ...(signing.kernelModuleKey === null ? [] : [{ name: KERNEL_KEY, env: signing.kernelModuleKey.env }]),
    ],
  };
}

/** What a plan says about signing; nothing when nothing is signed. */
export function signingDecisions({ signing }: BuildConfig, keepsKernel: boolean): readonly Decision[] {
  if (signing === null) return [];
  const keys = publicVariables(signing)
    .slice(1)
    .map(({ name, value }) => `${name} ${value}`);
  const signed: Decision = {
    rule: 'build.signing',
    outcome: 'signed',
    because: `the hostapp is signed by ${signing.api}${keys.length === 0 ? '' : ` with ${keys.join(', ')}`}`,
    stage: 'build',
  };
  if (!keepsKernel) return [signed];
  return [
    signed,
    {
      rule: 'build.keep-kernel',
      outcome: 'keep',
      because: `rm_work spares the kernel, which is checked for ${KERNEL_KEY} after the build`,
      stage: 'build',
    },
  ];
}

function publicVariables({ api, grubKeyId, habPkiId, rsaKeyId }: SigningConfig): BuildSettings['variables'] {
  return [
    { name: 'SIGN_API', value: api },
    ...(grubKeyId === null ? [] : [{ name: 'SIGN_GRUB_KEY_ID', value: grubKeyId }]),
    ...(habPkiId === null ? [] : [{ name: 'SIGN_HAB_PKI_ID', value: habPkiId }]),
    ...(rsaKeyId === null ? [] : [{ name: 'SIGN_RSA_KEY_ID', value: rsaKeyId }]),
  ];
}

function keptKernel(settings: BuildSettings, { kernelModuleKey }: SigningConfig): BuildSettings['variables'] {
  const isNamed = settings.variables.some(({ name }) => name === KEPT_FROM_REMOVAL.name);
  return settings.removeWork && kernelModuleKey !== null && !isNamed ? [KEPT_FROM_REMOVAL] : [];
}
