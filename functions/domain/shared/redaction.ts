import { percentEncode } from './percent-encoding.ts';

const MASK = '******';

/** Longest message that goes into a record; BR repeats its causes, and what matters comes first. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Parameters of a storage URL that are secret; BR takes `_` for `-` and any case. */
const SECRET_PARAMETER =
  /\b((?:secret[-_])?access[-_]key|session[-_]token|external[-_]id|sse[-_]kms[-_]key[-_]id)=[^&\s'"`,;)]*/gi;

const ACCOUNT_IN_ARN = /(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)\d{12}/g;

/** A shorter secret may well be part of a word, or a word. */
const LONG = 8;

/**
 * A text of TiDB or AWS as it may be kept and shown. TiDB masks keys in its lists, but not in every error; a syntax error,
 * for one, repeats the statement.
 * @param secrets values to mask, also as a URL encodes them: a long one wherever it stands, one of less than 8 characters where
 * no letter, digit or underscore is next to it. A password of "a" must not blank every "a" of the message.
 */
export function withoutSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // A secret may be part of another one: the longest go first, so that no rest of it remains.
  for (const secret of spellings(secrets)) clean = masked(clean, secret);
  clean = clean.replace(SECRET_PARAMETER, `$1=${MASK}`).replace(/\p{Cc}+/gu, ' ');
  clean = withoutAccountIds(clean);
  return clean.length <= MAX_MESSAGE_LENGTH ? clean : `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}

/** A text whose ARNs name no account. */
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
