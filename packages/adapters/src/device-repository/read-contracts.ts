import type { Problem, RepositoryDocument } from '@osrel/core';
import { FileProblem, malformedFiles } from './file-problem.ts';
import { parseJson } from './parse-document.ts';
import type { RepositoryFiles } from './repository-files.ts';

const CONTRACT_FOLDERS = ['contracts/contracts', 'private-contracts/contracts'];

/**
 * Every `contract.json` below the public and the private contracts folder, by path (balena-automation 2.8); undefined
 * when neither folder is there. Throws config `contract.malformed` with the problems of all files at once.
 */
export async function readContracts(
  files: RepositoryFiles,
): Promise<readonly RepositoryDocument[] | undefined> {
  const listings = await Promise.all(CONTRACT_FOLDERS.map((folder) => listContractFiles(files, folder)));
  if (listings.every((listing) => listing === undefined)) return undefined;
  const problems: Problem[] = [];
  const documents: RepositoryDocument[] = [];
  for (const file of listings.flatMap((listing) => listing ?? [])) {
    try {
      documents.push({ file, document: parseJson((await files.find(file)) ?? '', file) });
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw malformedFiles('contract.malformed', 'a contract', problems);
  return documents;
}

async function listContractFiles(
  files: RepositoryFiles,
  folder: string,
): Promise<readonly string[] | undefined> {
  const entries = await files.list(folder);
  if (entries === undefined) return undefined;
  const nested = await Promise.all(
    entries.map(async ({ name, isFolder }) => {
      const path = `${folder}/${name}`;
      if (isFolder) return (await listContractFiles(files, path)) ?? [];
      return name === 'contract.json' ? [path] : [];
    }),
  );
  return nested.flat();
}
