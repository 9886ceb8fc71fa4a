const SECRET_WORD =
  /(TOKEN|SECRET|PASSWORD|PASSPHRASE|PRIVATE_KEY|API_KEY|ACCESS_KEY|CREDENTIAL|DEPLOY_KEY|TEST_KEY|SSH_KEY)/i;

/** Names that sound like a secret and hold none: a path, a number, the address of an agent. */
const NO_SECRET = /(_FILE|_PATH|_DIR|_URL|_COUNT|_ID)$/i;

/**
 * Whether an environment variable of this name holds a secret, whoever set it: its value is hidden in all output, and
 * programs that osrel starts do not get it.
 */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(name) && !NO_SECRET.test(name);
}
