import type { BalenaClient } from './balena-client.ts';

/** The same client for one piece of work: each of its calls ends with the signal's reason when that is aborted. */
export function cancellableClient(client: BalenaClient, signal: AbortSignal | undefined): BalenaClient {
  if (signal === undefined) return client;
  return {
    identify: client.identify,
    request: (call) => client.request({ signal, ...call }),
    rows: (compile, schema) => client.rows(compile, schema, signal),
    insert: (resource, values, options) => client.insert(resource, values, { signal, ...options }),
    change: (compile, values) => client.change(compile, values, { signal }),
    remove: (compile) => client.remove(compile, { signal }),
  };
}
