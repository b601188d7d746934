/** No C0 or C1 control character, no DEL, no line or paragraph separator, no lone surrogate: safe in a log line and a key. */
export function withoutControlCharacters(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** As {@link withoutControlCharacters}, as a pattern of JSON Schema. */
export const NO_CONTROL_CHARACTERS = String.raw`^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$`;
