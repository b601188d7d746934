import type { Charset } from '../storage/schema.ts';

/** Two-byte codes of gbk: 0x81–0xFE, then 0x40–0xFE without 0x7F. */
const GBK_LEAD = [0x81, 0xfe] as const;
const GBK_TRAIL = [0x40, 0xfe] as const;
const REPLACEMENT = '\ufffd';

/**
 * The bytes of a text in a character set, as HEX, LENGTH, MD5 and CRC32 see them; `undefined` if the set cannot hold the text. TiDB stores
 * `latin1` as written, in UTF-8; only gbk differs (pkg/parser/charset).
 */
export function encodeText(text: string, charset: Charset | undefined): Buffer | undefined {
  switch (charset) {
    case 'ascii':
      return /^[\0-\x7f]*$/.test(text) ? Buffer.from(text) : undefined;
    case 'utf8':
      return [...text].every((character) => character.length === 1) ? Buffer.from(text) : undefined;
    case 'gbk':
      return encodeGbk(text);
    default:
      return Buffer.from(text);
  }
}

/** `undefined` if the bytes are no text of the character set. */
export function decodeText(bytes: Uint8Array, charset: Charset | undefined): string | undefined {
  try {
    const label = charset === 'gbk' ? 'gbk' : 'utf-8';
    const text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
    return encodeText(text, charset) === undefined ? undefined : text;
  } catch {
    return undefined;
  }
}

function encodeGbk(text: string): Buffer | undefined {
  if (/^[\0-\x7f]*$/.test(text)) return Buffer.from(text);
  const parts = [...text].map((character) =>
    character <= '\x7f' ? Buffer.from(character) : gbkCodes().get(character),
  );
  return parts.every((part) => part !== undefined) ? Buffer.concat(parts) : undefined;
}

let codes: Map<string, Buffer> | undefined;

/** Node decodes gbk but does not encode it: this table inverts its decoding. */
function gbkCodes(): Map<string, Buffer> {
  if (codes) return codes;
  codes = new Map();
  const decoder = new TextDecoder('gbk');
  for (let lead = GBK_LEAD[0]; lead <= GBK_LEAD[1]; lead += 1) {
    for (let trail = GBK_TRAIL[0]; trail <= GBK_TRAIL[1]; trail += 1) {
      const bytes = Buffer.from([lead, trail]);
      const character = decoder.decode(bytes);
      if ([...character].length === 1 && character !== REPLACEMENT) codes.set(character, bytes);
    }
  }
  return codes;
}
