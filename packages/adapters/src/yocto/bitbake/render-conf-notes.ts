/** A device type of the repository, as the notes show it. */
export interface NotedDeviceType {
  /** `<fileName>.json` gives the order. */
  readonly fileName: string;
  readonly name: string;
  readonly machine: string | null;
  readonly image: string | null;
}

const BANNER = String.raw`
  _           _                   ___  ____
 | |__   __ _| | ___ _ __   __ _ / _ \/ ___|
 | '_ \ / _${'`'} | |/ _ \ '_ \ / _${'`'} | | | \___ \
 | |_) | (_| | |  __/ | | | (_| | |_| |___) |
 |_.__/ \__,_|_|\___|_| |_|\__,_|\___/|____/

 -------------------------------------------- 
`;

/** The text of `conf-notes.txt`, as the generator of balena-automation 1.16 writes it. */
export function renderConfNotes(deviceTypes: readonly NotedDeviceType[]): string {
  const sorted = [...deviceTypes].sort((one, other) => (one.fileName < other.fileName ? -1 : 1));
  const images = [...new Set(sorted.flatMap(({ image }) => (image ?? '').split(/\s+/)))]
    .filter((image) => image !== '')
    .sort();
  const commands = sorted.map(
    ({ name, machine, image }) => `${padded(name)} : $ MACHINE=${machine ?? 'null'} bitbake ${image ?? ''}`,
  );
  return [
    BANNER,
    'Resin specific images available:',
    ...images.map((image) => `\t${image}`),
    '',
    ...(commands.length === 0 ? [''] : commands),
    '',
    '',
  ].join('\n');
}

/** To 40 bytes, as the shell counts. */
function padded(name: string): string {
  return name + ' '.repeat(Math.max(0, 40 - Buffer.byteLength(name)));
}
