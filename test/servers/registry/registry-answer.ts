/** A request as the routes see it. */
export interface RegistryCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The connection ended in the middle of the body. */
  readonly isCut: boolean;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** An error as the protocol words it. */
export function complaint(status: number, code: string, headers?: RegistryAnswer['headers']): RegistryAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }),
  };
}
