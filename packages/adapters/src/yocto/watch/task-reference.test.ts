import { describe, expect, it } from 'vitest';
import { isLogOf, mayComeFrom, parseTaskReference, recipeNameOf, taskOfLog } from './task-reference.ts';

describe('names of tasks', () => {
  it.each([
    ['hello-1.0-r0', 'hello'],
    ['linux-raspberrypi-1_6.6.31+gitAUTOINC+ab_cd-r0', 'linux-raspberrypi'],
    ['gcc-cross-aarch64-13.3.0-r2.1', 'gcc-cross-aarch64'],
    ['lib32-glib-2.0-1_2.78.3-r0', 'lib32-glib-2.0'],
    ['odd', 'odd'],
  ])('takes the version off %s', (recipe, name) => {
    expect(recipeNameOf(recipe)).toBe(name);
  });

  it.each([
    ['/l/hello_1.0.bb:do_compile', { file: '/l/hello_1.0.bb', task: 'do_compile' }],
    ['mc:a:virtual:native:/l/x.bb:do_fetch', { file: 'mc:a:virtual:native:/l/x.bb', task: 'do_fetch' }],
    ['/l/hello_1.0.bb', undefined],
    ['', undefined],
    [':do_x', undefined],
  ])('parses %j', (text, parsed) => {
    expect(parseTaskReference(text)).toEqual(parsed);
  });

  it('ties recipes to their files and logs', () => {
    expect(mayComeFrom('hello-native-1.0-r0', 'virtual:native:/l/hello_1.0.bb')).toBe(true);
    expect(mayComeFrom('mc:two:hello-1.0-r0', '/l/hello_1.0.bb')).toBe(true);
    expect(mayComeFrom('hello-1.0-r0', '/l/hell_1.0.bb')).toBe(false);
    expect(isLogOf('/b/work/x/hello/1.0-r0/temp/log.do_x.1', 'hello-1.0-r0')).toBe(true);
    expect(isLogOf('/b/work/hello-1.0-r0/temp/log.do_x.1', 'mc:two:hello-1.0-r0')).toBe(true);
    expect(isLogOf('/b/work/x/other/1.0-r0/temp/log.do_x.1', 'hello-1.0-r0')).toBe(false);
    expect(taskOfLog('/t/log.do_package_setscene.12')).toBe('do_package_setscene');
    expect(taskOfLog('/t/run.do_x')).toBeUndefined();
  });
});
