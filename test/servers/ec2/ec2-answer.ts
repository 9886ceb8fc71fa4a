/** A value in an answer: text, a list of items, or a structure. */
export type Xml = string | number | boolean | null | readonly Xml[] | { readonly [name: string]: Xml };

/** The error that an action answers with. */
export class Ec2Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The XML of a successful answer, as the Query protocol of EC2 has it. */
export function renderAnswer(action: string, body: Xml): string {
  const inner = renderXml({ requestId: 'b1d2c3e4-0000-4000-8000-1234567890ab', ...asStructure(body) });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${action}Response>`;
}

export function renderError({ code, message }: Pick<Ec2Error, 'code' | 'message'>): string {
  const error = renderXml({ Code: code, Message: message });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>${error}</Error></Errors><RequestID>b1d2c3e4-0000-4000-8000-1234567890ab</RequestID></Response>`;
}

function asStructure(body: Xml): { readonly [name: string]: Xml } {
  return typeof body === 'object' && body !== null && !isList(body) ? body : {};
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

function renderXml(value: Xml): string {
  if (value === null) return '';
  if (typeof value !== 'object') return escapeText(String(value));
  if (isList(value)) return value.map((item) => `<item>${renderXml(item)}</item>`).join('');
  return Object.entries(value)
    .filter(([, each]) => each !== null)
    .map(([name, each]) => `<${name}>${renderXml(each)}</${name}>`)
    .join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
