import { randomBytes } from 'node:crypto';

/** A secret that must not leak. */
export interface Canary {
  /** What it is, for messages. */
  readonly name: string;
  /** The secret itself: 24 hexadecimal digits and a difficult end. */
  readonly value: string;
}

/** Characters that quoting, escaping or encoding would change. */
const AWKWARD = `+/%&'"\\é`;

/** @param end what follows the digits */
export function canary(name: string, end = AWKWARD): Canary {
  return { name, value: randomBytes(12).toString('hex') + end };
}

/**
 * The canaries that a text contains in full or by half, plain, in hexadecimal or in Base64, in any form of their difficult ends: a message
 * that is cut, or masks one spelling of a secret, may contain the rest of another.
 */
export function canariesIn(text: string, canaries: readonly Canary[]): string[] {
  return canaries.flatMap(({ name, value }) => {
    const digits = value.slice(0, 24);
    const halves = [digits.slice(0, 12), digits.slice(12)];
    return halves.flatMap(spellings).some((spelling) => text.includes(spelling)) ? [name] : [];
  });
}

function spellings(text: string): string[] {
  return [text, text.toUpperCase(), Buffer.from(text).toString('hex'), ...inBase64(text)];
}

/** Base64 of something longer that contains the text: it depends on the text's position in a group of three bytes. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(' '.repeat(before) + text).toString('base64url');
    // The first and the last characters contain bits of the neighbours.
    return encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + text.length) * 4) / 3));
  });
}
