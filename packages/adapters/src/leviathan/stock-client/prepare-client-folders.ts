import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientFolders } from './client-command.ts';

/** Makes the folders of one run of the client below a private folder that exists. */
export async function prepareClientFolders(directory: string): Promise<ClientFolders> {
  const base = join(directory, 'stock-client');
  const folders: ClientFolders = {
    workspace: join(base, 'workspace'),
    start: join(base, 'start'),
    reports: join(base, 'start/reports'),
    temporary: join(base, 'temporary'),
    emptyFile: join(base, 'empty'),
  };
  await mkdir(base, { mode: 0o700 });
  for (const folder of [folders.workspace, folders.start, folders.reports, folders.temporary])
    await mkdir(folder);
  await writeFile(folders.emptyFile, '');
  // Where files are mounted over, in a workspace that the container may not write.
  for (const name of ['balena.img.gz', 'balena-image.docker', 'empty', 'kernel_modules_headers.tar.gz'])
    await writeFile(join(folders.workspace, name), '');
  return folders;
}
