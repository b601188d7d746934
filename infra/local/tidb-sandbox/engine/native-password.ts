import { createHash, timingSafeEqual } from 'node:crypto';

/** Length of the random bytes that a client mixes with its password, and of its answer. */
export const SCRAMBLE_LENGTH = 20;

/** The stored form of a password: SHA1(SHA1(password)); empty for no password. */
export function hashPassword(password: string): Buffer {
  return password === '' ? Buffer.alloc(0) : sha1(sha1(Buffer.from(password)));
}

/** mysql_native_password: the client sends SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))). */
export function provesPassword(proof: Buffer, scramble: Buffer, stored: Buffer): boolean {
  if (stored.length === 0) return proof.length === 0;
  if (proof.length !== SCRAMBLE_LENGTH) return false;
  const mask = sha1(Buffer.concat([scramble, stored]));
  const onceHashed = Buffer.from(proof.map((byte, at) => byte ^ (mask[at] ?? 0)));
  return timingSafeEqual(sha1(onceHashed), stored);
}

function sha1(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest();
}
