import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { askProgram, findProgram } from './find-program.ts';
import { type Finding, missing, ok, weak } from './finding.ts';
import { OLDEST_PYTHON } from './host-tools.ts';

/** Whether this machine can run bitbake: programs, Python, locale, kernel settings, user. */
export async function checkHost(
  tools: Readonly<Record<string, string>>,
  searchPath: string,
): Promise<readonly Finding[]> {
  return Promise.all([
    checkTools(tools, searchPath),
    checkPython(searchPath),
    checkLocale(),
    checkUserNamespaces(),
    checkWatches(),
    checkUser(),
  ]);
}

/** The programs that are not on the path, with the packages that bring them. */
export async function checkTools(
  tools: Readonly<Record<string, string>>,
  searchPath: string,
): Promise<Finding> {
  const names = Object.keys(tools);
  const found = await Promise.all(names.map((name) => findProgram(name, searchPath)));
  const absent = names.filter((_, index) => found[index] === undefined);
  if (absent.length === 0) return ok('build tools', `all ${names.length} that bitbake wants`);
  const packages = [...new Set(absent.flatMap((name) => tools[name] ?? []))].sort();
  return missing(
    'build tools',
    `not on PATH: ${absent.join(', ')}`,
    `sudo apt-get install ${packages.join(' ')}`,
  );
}

async function checkPython(searchPath: string): Promise<Finding> {
  const file = await findProgram('python3', searchPath);
  const answer = file === undefined ? undefined : await askProgram(file, ['--version']);
  const found = /Python (\d+)\.(\d+)\S*/.exec(answer?.kind === 'answered' ? answer.text : '');
  if (found === null) return missing('python3', 'not there', 'sudo apt-get install python3');
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const [oldestMajor, oldestMinor] = OLDEST_PYTHON;
  const isNew = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return isNew
    ? ok('python3', found[0])
    : missing('python3', found[0], `bitbake needs Python ${OLDEST_PYTHON.join('.')} or newer`);
}

async function checkLocale(): Promise<Finding> {
  const answer = await askProgram('locale', ['-a']);
  const names = answer.kind === 'answered' ? answer.text.split('\n') : [];
  return names.some((name) => /^en_US\.utf-?8$/i.test(name.trim()))
    ? ok('locale', 'en_US.UTF-8')
    : missing(
        'locale',
        'en_US.UTF-8 is not there',
        'sudo apt-get install locales && sudo locale-gen en_US.UTF-8',
      );
}

/** bitbake takes the network away from tasks with a user namespace of their own. */
async function checkUserNamespaces(): Promise<Finding> {
  const name = 'user namespaces';
  const restricted = await readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns');
  if (restricted === 1) {
    return weak(
      name,
      'AppArmor keeps them from bitbake, and newer ones refuse to build without',
      'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    );
  }
  const most = await readNumber('/proc/sys/user/max_user_namespaces');
  return most === 0
    ? weak(
        name,
        'none may be made, and newer bitbakes refuse to build without',
        'sudo sysctl -w user.max_user_namespaces=15000',
      )
    : ok(name, 'can be made');
}

const ENOUGH_WATCHES = 65_536;

async function checkWatches(): Promise<Finding> {
  const watches = await readNumber('/proc/sys/fs/inotify/max_user_watches');
  if (watches === undefined) return ok('inotify', 'no limit is told here');
  return watches >= ENOUGH_WATCHES
    ? ok('inotify', `${watches} watches`)
    : weak(
        'inotify',
        `only ${watches} watches: bitbake may fail to watch the layers`,
        'sudo sysctl -w fs.inotify.max_user_watches=524288',
      );
}

async function checkUser(): Promise<Finding> {
  const { uid, username } = userInfo();
  return uid === 0
    ? weak('user', 'root: OE-Core refuses to build as root', 'build as another user, or in a container')
    : ok('user', username);
}

async function readNumber(file: string): Promise<number | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined; // this kernel has no such setting
  }
}
