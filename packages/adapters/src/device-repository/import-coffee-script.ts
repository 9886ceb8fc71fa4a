export type CoffeeScript = typeof import('coffee-script')['default'];

/**
 * The compiler of the upstream generator, CoffeeScript 1.10 (balena-automation 1.15). The package replaces how stack
 * traces of the whole process are written; that is put back.
 */
export async function importCoffeeScript(): Promise<CoffeeScript> {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const { default: coffeeScript } = await import('coffee-script');
  if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
  else Object.defineProperty(Error, 'prepareStackTrace', before);
  return coffeeScript;
}
