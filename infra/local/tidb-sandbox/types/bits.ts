/** A BIT(n) for the client, and as text or a binary string: whole bytes, most significant first. */
export function bitBytes(value: bigint, length: number): Buffer {
  const bytes = Math.ceil(length / 8);
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
