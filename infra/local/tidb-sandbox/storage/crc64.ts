/** CRC-64/XZ (ECMA-182, reflected), as Go's crc64.ECMA, in two 32-bit halves, since bigint arithmetic is ten times slower. */
const POLYNOMIAL_HIGH = 0xc96c5795;
const POLYNOMIAL_LOW = 0xd7870f42;
const highTable = new Uint32Array(256);
const lowTable = new Uint32Array(256);

for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry) {
      high = (high ^ POLYNOMIAL_HIGH) >>> 0;
      low = (low ^ POLYNOMIAL_LOW) >>> 0;
    }
  }
  highTable[byte] = high;
  lowTable[byte] = low;
}

/** The checksum of the concatenated parts. */
export function crc64(...parts: Uint8Array[]): bigint {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1) {
      const index = (low ^ (part[at] ?? 0)) & 0xff;
      low = (((low >>> 8) | (high << 24)) ^ (lowTable[index] ?? 0)) >>> 0;
      high = ((high >>> 8) ^ (highTable[index] ?? 0)) >>> 0;
    }
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
