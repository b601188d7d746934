/** No C0 or C1 control character, no DEL, no line or paragraph separator, no lone surrogate: safe in a log line and a key. */
export function withoutControlCharacters(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
}
