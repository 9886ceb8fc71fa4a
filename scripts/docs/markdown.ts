/** A generated page: title, how it was made, then the parts with one empty line between them. */
export function page(title: string, ...parts: readonly string[]): string {
  const head = [`# ${title}`, '<!-- made by: npm run docs -->'];
  return `${[...head, ...parts.filter((part) => part !== '')].join('\n\n')}\n`;
}

/** A table; cells are escaped, columns keep their order. Empty without rows. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map((row) => line(row.map(escapeCell)))].join(
    '\n',
  );
}

/** Inline code; a backtick in it is quoted with two. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
