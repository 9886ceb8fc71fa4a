import { explainConfig, renderConfigSchema } from '@osrel/core';
import { printAnswer, suggestNext } from '../answer.ts';
import type { CommandRun } from '../host.ts';
import { renderTable } from '../text/table.ts';

/** `osrel config check|print|schema`. */
export const showConfig: CommandRun = async (invocation, host) => {
  const { settings, arguments: words } = invocation;
  const [what] = words;
  if (what === 'schema') {
    const schema = renderConfigSchema();
    printAnswer(host, settings, { text: () => schema, document: () => JSON.parse(schema) });
    return 0;
  }
  const { config, environment } = await host.openWorkspace(settings);
  if (what === 'check') {
    printAnswer(host, settings, {
      text: () => `the configuration is sound; environment ${environment}`,
      document: () => ({ schemaVersion: 1, valid: true, environment }),
    });
    suggestNext(host, settings, 'osrel config print');
    return 0;
  }
  const rows = explainConfig(config);
  printAnswer(host, settings, {
    text: () =>
      renderTable(
        [{ title: 'KEY' }, { title: 'VALUE' }, { title: 'FROM' }],
        rows.map(({ path, value, origin }) => [
          path,
          typeof value === 'string' ? value : JSON.stringify(value),
          origin,
        ]),
      ),
    document: () => ({ schemaVersion: 1, environment, settings: rows }),
  });
  return 0;
};
