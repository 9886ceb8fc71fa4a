/**
 * A text of its own, cut to that many characters. A plain slice would keep alive the whole block of output that the
 * line was cut from: a few kept words of each block hold on to a log of gigabytes.
 */
export function keepText(text: string, maxLength: number): string {
  return Buffer.from(text.slice(0, maxLength), 'utf8').toString('utf8');
}
