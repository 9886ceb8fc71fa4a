/** Colours and the like of terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const TERMINAL_SEQUENCE = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** What no XML 1.0 document may hold, not even escaped: most control characters and halves of characters. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** The text as the content of an XML element; characters that XML cannot hold are left out. */
export function escapeText(text: string): string {
  return legal(text).replace(/[&<>\r]/g, (found) => ENTITIES[found] ?? found);
}

/** The text as the value of an XML attribute in double quotes; line ends are kept. */
export function escapeAttribute(text: string): string {
  return legal(text).replace(/[&<>"\t\n\r]/g, (found) => ENTITIES[found] ?? found);
}

function legal(text: string): string {
  return text.replace(TERMINAL_SEQUENCE, '').replace(ILLEGAL, '');
}
