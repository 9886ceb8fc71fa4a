import { badUsage } from '@osrel/core';

/** The name of a machine, recipe, folder or device type, when a program can take it. @throws usage `build.malformed-name` */
export function checkBuildName(what: string, name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return name;
  throw badUsage('build.malformed-name', `${JSON.stringify(name)} cannot be the name of a ${what}`, {
    hint: 'letters, digits, ".", "_", "+" and "-", starting with a letter or digit',
  });
}

/** A bitbake target: `balena-image`, `virtual/kernel`, `linux:do_compile`. @throws usage `build.malformed-name` */
export function checkTarget(target: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._+:/-]*$/.test(target)) return target;
  throw badUsage('build.malformed-name', `${JSON.stringify(target)} cannot be a bitbake target`, {
    hint: 'a recipe, or recipe:do_task',
  });
}
