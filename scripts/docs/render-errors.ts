import { EXIT_CODES } from '../../packages/core/src/errors/osrel-error.ts';
import { listParserCodes } from './list-parser-codes.ts';
import { code, page, table } from './markdown.ts';
import { type ErrorPlace, scanErrors } from './scan-errors.ts';

/** Every error code of the product: kind, exit code, message, where it is made. */
export function renderErrors(root: string): string {
  const places = [...scanErrors(root), ...listParserCodes()];
  const families = Map.groupBy(places, (place) => place.code.split('.')[0] ?? '');
  const chapters = [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([family, each]) =>
        `## ${family}\n\n${table(['code', 'kind', 'exit', 'message', 'made in'], rows(each))}`,
    );
  return page(
    'Errors',
    `What osrel says when it cannot go on: ${new Set(places.map((place) => place.code)).size} codes. A code always has the same kind, and the kind decides the [exit code](exit-codes.md). \`<name>\` stands for a value. With \`--json\` the same error is on stdout, see [json](json.md#a-failure).`,
    ...chapters,
  );
}

function rows(places: readonly ErrorPlace[]): readonly (readonly string[])[] {
  const exitCodes: Readonly<Record<string, number>> = EXIT_CODES;
  return [...Map.groupBy(places, (place) => place.code)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [
      code(name),
      unique(each.map((place) => place.kind)).join(', '),
      unique(each.map((place) => String(exitCodes[place.kind] ?? '?'))).join(', '),
      unique(each.map((place) => code(place.message))).join('; '),
      unique(each.map((place) => code(place.path))).join(', '),
    ]);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
