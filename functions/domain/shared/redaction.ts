import { percentEncode } from './percent-encoding.ts';

const MASK = '******';

/** Longest message in a record; BR repeats its causes, and the important part comes first. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Secret parameters of a storage URL; BR treats `_` as `-` and ignores case. */
const SECRET_PARAMETER =
  /\b((?:secret[-_])?access[-_]key|session[-_]token|external[-_]id|sse[-_]kms[-_]key[-_]id)=[^&\s'"`,;)]*/gi;

const ACCOUNT_IN_ARN = /(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)\d{12}/g;

/** A shorter secret may be a word, or part of one. */
const LONG = 8;

/**
 * A message of TiDB or AWS, without secrets, for storing and showing. TiDB masks keys in its lists, but not in every
 * error; a syntax error, for example, repeats the statement.
 * @param secrets values to mask, also URL-encoded. A long one is masked anywhere; one of less than 8 characters only
 * between non-word characters: a password of "a" must not blank every "a" of the message
 */
export function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // A secret may be part of another: mask the longest first, so that no part of it remains.
  for (const secret of spellings(secrets)) clean = masked(clean, secret);
  clean = clean.replace(SECRET_PARAMETER, `$1=${MASK}`).replace(/\p{Cc}+/gu, ' ');
  clean = withoutAccountIds(clean);
  return clean.length <= MAX_MESSAGE_LENGTH ? clean : `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}

/** A text whose ARNs contain no account id. */
export function withoutAccountIds(text: string): string {
  return text.replace(ACCOUNT_IN_ARN, '$1************');
}

function masked(text: string, secret: string): string {
  if (secret.length >= LONG) return text.replaceAll(secret, MASK);
  const itself = secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${itself}(?![\\p{L}\\p{N}_])`, 'gu'), MASK);
}

function spellings(secrets: readonly string[]): string[] {
  return secrets
    .flatMap((secret) => [secret, percentEncode(secret)])
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length);
}
