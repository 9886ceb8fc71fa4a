/** `/layers/meta/recipes/hello_1.0.bb:do_compile`, as bitbake writes a task of its queue. */
export interface TaskReference {
  /** With `virtual:native:` or `mc:NAME:` before the path where bitbake wrote it. */
  readonly file: string;
  readonly task: string;
}

/** The file and task; undefined when the text is no such reference. */
export function parseTaskReference(text: string): TaskReference | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 1 || !text.startsWith('do_', colon + 1)) return undefined;
  return { file: text.slice(0, colon), task: text.slice(colon + 1) };
}

/** `hello_1.0` of `virtual:native:/layers/meta/recipes/hello_1.0.bb`: all that is known when only the file is. */
export function fileNameOf(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.endsWith('.bb') ? name.slice(0, -3) : name;
}

/** True when a recipe of that name (PF) may come from that file: the file's name begins with the recipe's own (PN). */
export function mayComeFrom(recipe: string, file: string): boolean {
  const base = fileNameOf(file).split('_', 1)[0] ?? '';
  return base !== '' && withoutConfiguration(recipe).startsWith(`${base}-`);
}

/** `hello` of `hello-1.0-r0`: what stays when the version goes up (bitbake's PN, as far as PF tells). */
export function recipeNameOf(recipe: string): string {
  const withoutRevision = recipe.replace(/-r\d+(?:\.\d+)?$/, '');
  const version = /-\d[^-]*$/.exec(withoutRevision.slice(-MAX_VERSION));
  return version === null
    ? withoutRevision
    : withoutRevision.slice(0, withoutRevision.length - version[0].length);
}

/** True when that log lies in the work folder of that recipe: `.../hello/1.0-r0/temp/log.do_compile.123`. */
export function isLogOf(path: string, recipe: string): boolean {
  const wanted = withoutConfiguration(recipe);
  const folders = path.split('/').slice(-8);
  return folders.some(
    (folder, index) => folder === wanted || `${folder}-${folders[index + 1] ?? ''}` === wanted,
  );
}

/** `do_compile` of `.../log.do_compile.123`; undefined when the file is no task's log. */
export function taskOfLog(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!name.startsWith('log.do_')) return undefined;
  const end = name.indexOf('.', 'log.'.length);
  return end === -1 ? name.slice('log.'.length) : name.slice('log.'.length, end);
}

export function isSetsceneTask(task: string): boolean {
  return task.endsWith('_setscene');
}

/** Longer than any version; keeps the search short on hostile names. */
const MAX_VERSION = 200;

function withoutConfiguration(recipe: string): string {
  return recipe.startsWith('mc:') ? recipe.slice(recipe.indexOf(':', 3) + 1) : recipe;
}
