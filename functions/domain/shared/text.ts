/**
 * Rejects C0 and C1 control characters, DEL, line and paragraph separators and lone surrogates: the rest is safe in a
 * log line and a key.
 */
export function withoutControlCharacters(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** {@link withoutControlCharacters} as a JSON Schema pattern. */
export const NO_CONTROL_CHARACTERS = String.raw`^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$`;
