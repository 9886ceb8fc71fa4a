import { createPrivateKey } from 'node:crypto';
import { badConfig, type SecretSource } from '@osrel/core';

/** Who asks; `from` names the environment variables it came from, for messages. */
export type GithubCredential =
  | { readonly kind: 'token'; readonly token: string; readonly from: string }
  | {
      readonly kind: 'app';
      readonly appId: string;
      /** PEM. */
      readonly privateKey: string;
      readonly from: string;
    }
  | { readonly kind: 'nobody'; readonly from: string };

export interface CredentialQuestion {
  /** `secrets` of the environment: githubToken, githubAppId and githubAppKey are looked at. */
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** The value of an environment variable; undefined when it is not set. */
  readonly readSecret: (env: string) => string | undefined;
}

/** The variable that CI systems and people keep a token in. */
const TOKEN_VARIABLE = 'GITHUB_TOKEN';

/**
 * The credential that an environment names: app id and key before a token, else `GITHUB_TOKEN`, else nobody (public
 * repositories can be read without). Throws config `github.credential-incomplete` for half an app, or a configured
 * variable that is not set; `github.app-key-malformed` for a key that is no PEM private key. No value is in a message.
 */
export function readGithubCredential({ secrets, readSecret }: CredentialQuestion): GithubCredential {
  const { githubToken, githubAppId, githubAppKey } = secrets;
  if (githubAppId !== undefined || githubAppKey !== undefined) {
    if (githubAppId === undefined || githubAppKey === undefined) {
      throw badConfig('github.credential-incomplete', 'a GitHub App needs its id and its key', {
        hint: 'name both in osrel.yml: secrets.githubAppId and secrets.githubAppKey; or a token: secrets.githubToken',
      });
    }
    const appId = readSet(githubAppId.env, readSecret);
    // CI variables often hold the line breaks of a key as \n.
    const privateKey = readSet(githubAppKey.env, readSecret).replaceAll('\\n', '\n');
    checkKey(privateKey, githubAppKey.env);
    return { kind: 'app', appId, privateKey, from: `${githubAppId.env} and ${githubAppKey.env}` };
  }
  if (githubToken !== undefined) {
    return { kind: 'token', token: readSet(githubToken.env, readSecret), from: githubToken.env };
  }
  const token = readSecret(TOKEN_VARIABLE)?.trim() ?? '';
  if (token === '') return { kind: 'nobody', from: TOKEN_VARIABLE };
  return { kind: 'token', token, from: TOKEN_VARIABLE };
}

function readSet(env: string, readSecret: CredentialQuestion['readSecret']): string {
  const value = readSecret(env)?.trim() ?? '';
  if (value !== '') return value;
  throw badConfig(
    'github.credential-incomplete',
    `the environment variable ${env}, which osrel.yml names for GitHub, is not set or empty`,
    { hint: `set ${env}, or remove it from the secrets of this environment in osrel.yml` },
  );
}

function checkKey(privateKey: string, env: string): void {
  try {
    createPrivateKey(privateKey);
  } catch {
    // Without the cause: a parser's message may quote its input.
    throw badConfig('github.app-key-malformed', `the value of ${env} is no PEM private key`, {
      hint: 'download a private key in the settings of the GitHub App and put the whole file into the variable',
    });
  }
}
