/** How an outcome looks in a table. */
export const SIGNS = {
  done: '✅',
  adopted: '♻️',
  skipped: '➖',
  failed: '❌',
  blocked: '⛔',
  cancelled: '🛑',
} as const;

/** Text from elsewhere as one table cell: no new line, no column, no markup that GitHub would follow. */
export function cell(text: string): string {
  return text
    .replace(/\r?\n/g, ' ')
    .replace(/[|<>`[\]*_\\]/g, (letter) => `&#${letter.charCodeAt(0)};`)
    .replaceAll('@', '@\u200b')
    .slice(0, 1000);
}
