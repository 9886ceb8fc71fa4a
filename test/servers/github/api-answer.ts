import type { Grant } from './github-state.ts';

export interface ApiRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Undefined: nobody. */
  readonly grant: Grant | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Whether the list goes on behind this page. */
  readonly hasNext?: boolean;
}

export type Handler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** One page of a list as the query asks for it; 30 an page unless it says otherwise, 100 at most. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
): { readonly items: readonly Item[]; readonly hasNext: boolean } {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  return { items: items.slice((page - 1) * size, page * size), hasNext: items.length > page * size };
}

export function refusal(status: number, message: string): ApiAnswer {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: `${status}` },
  };
}

/** 422 as the description has it: with what is wrong in detail. */
export function invalid(message: string, resource: string, field: string): ApiAnswer {
  return {
    status: 422,
    body: {
      message,
      documentation_url: 'https://docs.github.com/rest',
      errors: [{ resource, field, code: 'invalid' }],
      status: '422',
    },
  };
}

export const NOT_FOUND = refusal(404, 'Not Found');
