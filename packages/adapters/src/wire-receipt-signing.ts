import { isAbsolute, join } from 'node:path';
import { type Config, RECEIPT_KEY_VARIABLE } from '@osrel/core';
import { createReceiptKeyFile } from './file-system/create-receipt-key-file.ts';
import { worldLayout } from './file-system/world-layout.ts';
import {
  createReceiptSigning,
  eitherKeyFile,
  type ReceiptKeyFile,
  type ReceiptSigning,
} from './receipt-signing.ts';

export interface ReceiptSigningRequest {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly config: Pick<Config, 'environments' | 'tests'>;
  /** Name of the deployment environment in force. */
  readonly environment: string;
  /** The environment variables of osrel. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Below the user's configuration folder. */
const KEY_FILE = 'osrel/receipt-key.pem';

/**
 * Signing in an environment: by the variable that its `secrets.receiptKey` names (else `OSREL_RECEIPT_KEY`), else by a
 * key file: that of the embedded world in environment `local`, that of the user everywhere else.
 */
export function wireReceiptSigning(request: ReceiptSigningRequest): ReceiptSigning {
  const { root, config, environment, variables } = request;
  const chosen = config.environments[environment];
  const variable = chosen?.secrets.receiptKey?.env;
  return createReceiptSigning({
    variable,
    given: variables[variable ?? RECEIPT_KEY_VARIABLE],
    keyFile:
      chosen?.kind === 'local' ? createReceiptKeyFile(worldLayout(root).receiptKey) : userKeyFile(request),
    trustedKeys: config.tests.trustedKeys,
  });
}

/**
 * Of this user, over all repositories. Without a home folder, or one that cannot be written to, of this checkout: what a
 * suite saw in hours is not lost for want of a key.
 */
function userKeyFile({ root, variables }: ReceiptSigningRequest): ReceiptKeyFile {
  const { XDG_CONFIG_HOME: folder, HOME: home } = variables;
  const ofCheckout = createReceiptKeyFile(join(root, '.osrel/receipt-key.pem'));
  if (folder !== undefined && isAbsolute(folder))
    return eitherKeyFile(createReceiptKeyFile(join(folder, KEY_FILE)), ofCheckout);
  if (home === undefined || !isAbsolute(home)) return ofCheckout;
  return eitherKeyFile(createReceiptKeyFile(join(home, '.config', KEY_FILE)), ofCheckout);
}
