import * as z from 'zod';

/** Shapes shared by several actions (API reference, Secrets Manager). */
export const secretId = z.string().min(1).max(2048);
export const requestToken = z.string().min(32).max(64).optional();

/** At most one of the two, up to 64 KiB. */
export const valueFields = {
  SecretString: z.string().min(1).max(65_536).optional(),
  SecretBinary: z.string().min(1).max(87_384).optional(),
};

/** AWS's dates in JSON: epoch seconds. */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
