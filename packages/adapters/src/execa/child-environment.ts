/** What a build or test program may need from the host, whatever else it is given. */
const ALWAYS_PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'NO_COLOR',
  'FORCE_COLOR',
  'CI',
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'FTP_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'all_proxy',
  'BB_ENV_PASSTHROUGH_ADDITIONS',
];

export interface ChildEnvironmentRequest {
  /** The environment of osrel itself. */
  readonly host: Readonly<Record<string, string | undefined>>;
  /** Further names to pass on. */
  readonly passed?: readonly string[];
  /** Names that hold secrets: never passed on, whoever asks for them. */
  readonly secrets: readonly string[];
}

/** The environment of a program that osrel starts: named variables only, and never a secret of osrel. */
export function childEnvironment(request: ChildEnvironmentRequest): Readonly<Record<string, string>> {
  const { host, passed = [], secrets } = request;
  const localeNames = Object.keys(host).filter((name) => name.startsWith('LC_'));
  const names = new Set([...ALWAYS_PASSED, ...localeNames, ...passed]);
  for (const secret of secrets) names.delete(secret);
  const entries = [...names].sort().flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
