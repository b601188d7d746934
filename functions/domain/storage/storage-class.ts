import * as z from 'zod/mini';
import { object } from '../shared/object.ts';

/**
 * S3 storage classes that BR can read immediately. Files in GLACIER, DEEP_ARCHIVE and the archive tiers of
 * INTELLIGENT_TIERING would need an S3 restore first, which takes hours.
 */
export const storageClass = z.enum(['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR']);
export type StorageClass = z.infer<typeof storageClass>;

/** Where S3 replicates each file of the deployment's own bucket, under the same name. */
const copyPlace = object(() => ({
  bucket: z.string(),
  region: z.string(),
  /** Defaults to the class of the original. */
  storageClass: z.optional(storageClass),
}));
export type CopyPlace = z.infer<typeof copyPlace>;

/** The storage classes of files in the deployment's own bucket, now and later, and the place of their second copy. */
export const storageTerms = object(() => ({
  /** Defaults to STANDARD. */
  storageClass: z.optional(storageClass),
  /** The bucket's lifecycle rule. */
  transition: z.optional(z.object({ afterDays: z.int(), storageClass })),
  /** How many days the bucket keeps deleted or overwritten files. Unset if unknown. */
  recoverDeletedDays: z.optional(z.int()),
  /** Unset if there is none. */
  copy: z.optional(copyPlace),
}));
export type StorageTerms = z.infer<typeof storageTerms>;

/** @param text JSON from a function's environment */
export function readStorageTerms(text: string | undefined): StorageTerms | undefined {
  return text === undefined ? undefined : storageTerms.parse(JSON.parse(text));
}

const DAY_MS = 24 * 3_600_000;

/** @param ageMs age of the files */
export function classAt({ storageClass: first = 'STANDARD', transition }: StorageTerms, ageMs: number): StorageClass {
  return transition !== undefined && ageMs >= transition.afterDays * DAY_MS ? transition.storageClass : first;
}

/**
 * The classes into which an S3 lifecycle rule can move files, among those that can be read immediately ("Transitioning
 * objects").
 */
export const TRANSITIONS: Readonly<Record<StorageClass, readonly StorageClass[]>> = {
  STANDARD: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
  STANDARD_IA: ['INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
  INTELLIGENT_TIERING: ['ONEZONE_IA', 'GLACIER_IR'],
  ONEZONE_IA: [],
  GLACIER_IR: [],
};

/** S3 moves no file into these classes earlier. */
export const MIN_TRANSITION_DAYS: Readonly<Partial<Record<StorageClass, number>>> = { STANDARD_IA: 30, ONEZONE_IA: 30 };
