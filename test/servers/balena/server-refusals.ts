/** The server refuses with 400, and this text where it gives one. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** The server refuses with 409 and this text. */
export class Clash extends Error {
  override readonly name = 'Clash';
}

/** The server answers 500 without a body: a name that the model does not have, a number that its column cannot hold. */
export class Breakdown extends Error {
  override readonly name = 'Breakdown';
}

/** The query is none that the server can read. */
export class MalformedQuery extends Error {
  override readonly name = 'MalformedQuery';
}

/** The body is not JSON: its parser answers with a page. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}
