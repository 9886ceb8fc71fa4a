/**
 * Programs that OE-Core's HOSTTOOLS demand of a build host besides those that every system has, with the Debian package
 * that brings each.
 */
export const HOST_TOOLS: Readonly<Record<string, string>> = {
  ar: 'binutils',
  bzip2: 'bzip2',
  chrpath: 'chrpath',
  cmp: 'diffutils',
  cpio: 'cpio',
  diffstat: 'diffstat',
  file: 'file',
  flock: 'util-linux',
  'g++': 'g++',
  gawk: 'gawk',
  gcc: 'gcc',
  git: 'git',
  gzip: 'gzip',
  ld: 'binutils',
  lz4c: 'lz4',
  make: 'make',
  patch: 'patch',
  perl: 'perl',
  pod2man: 'perl',
  pzstd: 'zstd',
  python3: 'python3',
  rpcgen: 'rpcsvc-proto',
  unzip: 'unzip',
  wget: 'wget',
  xz: 'xz-utils',
  zstd: 'zstd',
};

/** What barys itself calls (balena-automation 1.1). */
export const BARYS_TOOLS: Readonly<Record<string, string>> = {
  find: 'findutils',
  jq: 'jq',
  node: 'nodejs',
  npm: 'npm',
  sed: 'sed',
};

/** bitbake 2.x starts with no older Python. */
export const OLDEST_PYTHON = [3, 8] as const;
