/** A BIT(n) as the client sees it, and as a text or a binary string holds it: whole bytes, the highest first. */
export function bitBytes(value: bigint, length: number): Buffer {
  const bytes = Math.ceil(length / 8);
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
