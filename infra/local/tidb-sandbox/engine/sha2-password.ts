import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_LENGTH = 20;

/** The stored form of a `caching_sha2_password`: a salt and a hash; empty for no password. TiDB hashes thousands of times. */
export function hashSha2Password(password: string): Buffer {
  if (password === '') return Buffer.alloc(0);
  const salt = randomBytes(SALT_LENGTH);
  return Buffer.concat([salt, saltedHash(salt, Buffer.from(password))]);
}

/** @param password as sent over TLS, without the trailing NUL */
export function isSha2Password(password: Buffer, stored: Buffer): boolean {
  if (stored.length === 0) return password.length === 0;
  const salt = stored.subarray(0, SALT_LENGTH);
  return timingSafeEqual(saltedHash(salt, password), stored.subarray(SALT_LENGTH));
}

function saltedHash(salt: Buffer, password: Buffer): Buffer {
  return createHash('sha256').update(salt).update(password).digest();
}
