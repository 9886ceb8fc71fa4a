/** A secret shorter than this is not looked for: it would turn ordinary words into asterisks. */
export const SHORTEST_SECRET = 6;

const SHORTEST_LINE = 8;

/**
 * Every text under which a secret may show up in a log: itself, without surrounding white space, each long line of it,
 * and all of these in base64 (at any alignment inside a longer text), base64url, URL encoding and JSON.
 */
export function listSecretForms(secret: string): readonly string[] {
  const lines = secret.split(/\r\n|\r|\n/).map((line) => line.trim());
  const values = [
    secret,
    secret.trim(),
    // Lines of a log end with LF whatever the file of the secret has.
    ...(secret.includes('\r') ? [secret.trim().replace(/\r\n?/g, '\n')] : []),
    ...(lines.length > 1 ? lines.filter(({ length }) => length >= SHORTEST_LINE) : []),
  ];
  const forms = [...new Set(values)].flatMap((value) => [
    // A line end around it is no secret: without it the next line of a log would be drawn into this one.
    value.replace(/^[\r\n]+|[\r\n]+$/g, ''),
    ...listBase64Forms(value),
    ...listUrlForms(value),
    ...listJsonForms(value),
  ]);
  return [...new Set(forms)].filter(({ length }) => length >= SHORTEST_SECRET);
}

function listBase64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms = [0, 1, 2].flatMap((before) => listBase64Inside(bytes, before));
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/**
 * The characters that depend on the secret alone when `before` bytes (modulo 3) stand in front of it: once for a secret
 * that ends the text, with and without padding, and once for one that shares its last character with what follows.
 */
function listBase64Inside(bytes: Buffer, before: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .slice(before === 0 ? 0 : before + 1);
  const unpadded = whole.replace(/=+$/, '');
  return unpadded === whole ? [whole] : [whole, unpadded, unpadded.slice(0, -1)];
}

function listUrlForms(value: string): readonly string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const strict = encoded.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = [
    encoded,
    strict,
    encoded.replaceAll('%20', '+'),
    strict.replaceAll('%20', '+'),
    encodeURI(value.toWellFormed()),
  ];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function listJsonForms(value: string): readonly string[] {
  const once = jsonBody(value);
  const ascii = once.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Twice: a log line in JSON that quotes a body in JSON.
  return [once, once.replaceAll('/', '\\/'), ascii, jsonBody(once)];
}

function jsonBody(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
