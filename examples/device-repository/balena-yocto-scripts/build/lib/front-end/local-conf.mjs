const MARKER = '# Barys: Additional variables';

/**
 * The text of conf/local.conf with the settings of this run: lines of the sample are replaced whole, comments
 * included; what barys adds stands below one marker and is written anew in every run.
 * @param {string} text
 * @param {object} options of the command line
 * @returns {{ text: string, withoutEffect: string[] }} names of settings whose line is not in the text
 */
export function editLocalConf(text, options) {
  const withoutEffect = [];
  let edited = text;
  for (const { pattern, line, whenMissing } of replacements(options)) {
    const found = edited.split('\n').some((candidate) => candidate.includes(pattern));
    if (found) edited = replaceLines(edited, pattern, line);
    else if (whenMissing === 'append') edited = `${edited.replace(/\n*$/, '\n')}${line}\n`;
    else withoutEffect.push(pattern);
  }
  return { text: withMarkedBlock(edited, addedLines(options)), withoutEffect };
}

function replacements(options) {
  const list = [{ pattern: 'OS_DEVELOPMENT =', line: `OS_DEVELOPMENT = "${options.development ? 1 : 0}"` }];
  const add = (pattern, value, whenMissing) =>
    list.push({ pattern, line: `${pattern} ${quoted(value)}`, whenMissing });
  if (options.compress) add('BALENA_RAW_IMG_COMPRESSION ?=', 'xz');
  if (options.removeWork) list.push({ pattern: 'INHERIT += "rm_work"', line: 'INHERIT += "rm_work"' });
  if (options.sharedDownloads !== undefined) add('DL_DIR ?=', options.sharedDownloads);
  if (options.sharedState !== undefined) add('SSTATE_DIR ?=', options.sharedState);
  if (options.supervisorVersion !== undefined)
    add('SUPERVISOR_VERSION ?=', options.supervisorVersion, 'append');
  return list;
}

function replaceLines(text, pattern, line) {
  return text
    .split('\n')
    .map((candidate) => (candidate.includes(pattern) ? line : candidate))
    .join('\n');
}

function addedLines({ buildHistory, additionalVariables }) {
  const history = buildHistory ? ['INHERIT += "buildhistory"', 'BUILDHISTORY_COMMIT = "1"'] : [];
  return [...history, ...additionalVariables.map(({ name, value }) => `${name}=${quoted(value)}`)];
}

function withMarkedBlock(text, lines) {
  const marked = text.indexOf(`\n${MARKER}`);
  const kept = (marked < 0 ? text : text.slice(0, marked)).replace(/\n*$/, '\n');
  return `${kept}\n${[MARKER, ...lines].join('\n')}\n`;
}

function quoted(value) {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
