/**
 * JavaScript that runs in the isolated interpreter before any device type: a function that takes the library's modules
 * and gives the function that turns a device type's script into its manifest, as JSON text. What it uses later it
 * keeps now, so that a script that replaces JSON.stringify only fools itself.
 */
export const ISOLATE_PRELUDE = `function (modules) {
  const { stringify } = JSON;
  const { hasOwn } = Object;
  const { isArray } = Array;
  const { isFinite } = Number;
  const loaded = Object.create(null);
  const load = (name) => {
    if (loaded[name] !== undefined) return loaded[name].exports;
    const { requires, run } = modules[name];
    const module = loaded[name] = { exports: {} };
    run.call(module.exports, module, module.exports, (wanted) => load(requires[wanted]));
    return module.exports;
  };
  const library = '@resin.io/device-types';
  const publicName = (name) => {
    const wanted = name.replace(/\\.(coffee|js)$/, '');
    const found = [wanted, wanted + '/index'].find((each) => hasOwn(modules, each));
    return wanted === library || wanted.startsWith(library + '/') ? found : undefined;
  };
  const requireFrom = (name) => {
    const found = publicName(String(name));
    if (found === undefined) {
      throw new Error('osrel evaluates device types isolated; ' + stringify(String(name)) + ' is not available');
    }
    return load(found);
  };
  load(library + '/common/index');
  const build = load(library + '/build');
  const _ = load('lodash');
  const { has } = _;
  // Without clock and chance the same file exports the same today and tomorrow.
  delete globalThis.Date;
  delete Math.random;

  // What the library would stop at without naming the file; it is told from what the file exports.
  const isBuildable = (definition) =>
    has(definition, 'yocto.deployArtifact') && has(definition, 'yocto.machine') &&
    (!definition.state || typeof definition.state === 'string') &&
    (definition.options == null || isArray(definition.options));

  const refuseWhatJsonLoses = () => {
    const paths = new Map();
    return function (key, value) {
      const path = paths.has(this) ? paths.get(this) + (isArray(this) ? '[' + key + ']' : '.' + key) : 'module.exports';
      const isHole = value === undefined && isArray(this);
      if (isHole || typeof value === 'function' || typeof value === 'symbol' || (typeof value === 'number' && !isFinite(value))) {
        throw new TypeError(path + ' is ' + (typeof value === 'number' ? String(value) : typeof value) + ', which JSON cannot hold');
      }
      if (typeof value === 'object' && value !== null) paths.set(value, path);
      return value;
    };
  };

  return function (script, slug) {
    const module = { exports: {} };
    script.call(module.exports, module, module.exports, requireFrom);
    const definition = module.exports;
    return stringify(isBuildable(definition) ? build(definition, slug) : definition, refuseWhatJsonLoses());
  };
}`;
