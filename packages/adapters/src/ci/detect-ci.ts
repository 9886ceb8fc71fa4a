/** Variables by name, as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

export const CI_PROVIDERS = ['github', 'gitlab', 'jenkins', 'buildkite', 'circleci', 'none'] as const;
export type CiProvider = (typeof CI_PROVIDERS)[number];

export interface DetectedCi {
  readonly provider: CiProvider;
  /** `CI=true provider=github because GITHUB_ACTIONS=true`. */
  readonly trace: readonly string[];
}

interface Sign {
  readonly provider: CiProvider;
  readonly variable: string;
  /** The value that counts; undefined: any. */
  readonly value?: string;
  /** Whether the value may be shown: addresses can hold credentials. */
  readonly isAddress?: boolean;
}

// The last sign is for runs that are replayed with only GitHub's event variables.
const SIGNS: readonly Sign[] = [
  { provider: 'github', variable: 'GITHUB_ACTIONS', value: 'true' },
  { provider: 'gitlab', variable: 'GITLAB_CI', value: 'true' },
  { provider: 'jenkins', variable: 'JENKINS_URL', isAddress: true },
  { provider: 'buildkite', variable: 'BUILDKITE', value: 'true' },
  { provider: 'circleci', variable: 'CIRCLECI', value: 'true' },
  { provider: 'github', variable: 'GITHUB_EVENT_NAME' },
];

/** Which CI system this process runs in, with the reason. */
export function detectCi(environment: Variables): DetectedCi {
  const sign = SIGNS.find(({ variable, value }) => {
    const found = environment[variable];
    return found !== undefined && found !== '' && (value === undefined || found === value);
  });
  const ci = environment.CI === undefined || environment.CI === '' ? 'unset' : shown(environment.CI);
  if (sign === undefined) {
    const looked = [...new Set(SIGNS.map(({ variable }) => variable))].join(', ');
    return { provider: 'none', trace: [`CI=${ci} provider=none because none of ${looked} says so`] };
  }
  const value = sign.isAddress === true ? 'is set' : `=${shown(environment[sign.variable] ?? '')}`;
  const reason = sign.isAddress === true ? `${sign.variable} ${value}` : `${sign.variable}${value}`;
  return { provider: sign.provider, trace: [`CI=${ci} provider=${sign.provider} because ${reason}`] };
}

function shown(value: string): string {
  return value.replaceAll(/[^\x21-\x7e]+/g, ' ').slice(0, 60);
}
