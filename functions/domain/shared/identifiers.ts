import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';

/**
 * Cluster, backup and workflow ids. They become DynamoDB keys, S3 path segments and execution names, so only characters
 * that all of these accept unescaped are allowed, and no leading dot or dash (`..`, `-rf`).
 */
export const identifier = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
      'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter or digit',
    ),
  );

export const CORRELATION_ID_TEXT = /^[A-Za-z0-9_.=-]{1,64}$/;

/**
 * Identifies a request and everything that follows from it in logs, executions and SQL comments, so its characters need
 * no escaping there. API Gateway's request ids (URL-safe base64) qualify.
 */
export const correlationIdentifier = z
  .string()
  .check(z.regex(CORRELATION_ID_TEXT, 'must be 1 to 64 letters, digits, "_", ".", "=" or "-"'));

/** A new id with 122 random bits, unique without coordination. */
export function newIdentifier(): string {
  return randomUUID();
}

/** The id for this seed and number, deterministic; indistinguishable from a new one without knowing the seed. */
export function derivedIdentifier(seed: string, number: number): string {
  const hex = createHash('sha256').update(`${seed} ${number}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
