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
  const read = await Promise.all(
    listings.flatMap((listing) => listing ?? []).map((file) => readContract(files, file)),
  );
  const problems = read.flatMap((each) => ('problems' in each ? each.problems : []));
  if (problems.length > 0) throw malformedFiles('contract.malformed', 'a contract', problems);
  return read.flatMap((each) => ('document' in each ? [each] : []));
}

async function readContract(
  files: RepositoryFiles,
  file: string,
): Promise<RepositoryDocument | { readonly problems: readonly Problem[] }> {
  try {
    return { file, document: parseJson((await files.find(file)) ?? '', file) };
  } catch (error) {
    if (error instanceof FileProblem) return { problems: error.problems };
    throw error;
  }
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
