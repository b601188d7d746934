import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';

/**
 * Cluster, backup and workflow ids. They become DynamoDB keys, S3 path segments and execution names, so the alphabet is
 * what all of those take unescaped, and a leading dot or dash (`..`, `-rf`) is not an id.
 */
export const identifier = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
      'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter or digit',
    ),
  );

/** A new id; 122 random bits, so that two never meet without any coordination. */
export function newIdentifier(): string {
  return randomUUID();
}
