import * as z from 'zod/mini';

/**
 * S3's storage classes that BR can read at once. In GLACIER, DEEP_ARCHIVE and the archive tiers of INTELLIGENT_TIERING a file would
 * have to be restored by S3 before RESTORE could read it, for hours.
 */
export const storageClass = z.enum(['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR']);
export type StorageClass = z.infer<typeof storageClass>;

/** Where S3 replicates each file of the deployment's own bucket to, under the same name. */
const copyPlace = z.object({
  bucket: z.string(),
  region: z.string(),
  /** Defaults to that of the files. */
  storageClass: z.optional(storageClass),
});
export type CopyPlace = z.infer<typeof copyPlace>;

/** In which class the files of the deployment's own bucket are, and become; and where the second copy of them is. */
export const storageTerms = z.object({
  /** Defaults to STANDARD. */
  storageClass: z.optional(storageClass),
  /** The bucket's lifecycle rule. */
  transition: z.optional(z.object({ afterDays: z.int(), storageClass })),
  /** For how many days the bucket keeps what was deleted or overwritten; absent: nobody has said. */
  recoverDeletedDays: z.optional(z.int()),
  /** Absent: there is none. */
  copy: z.optional(copyPlace),
});
export type StorageTerms = z.infer<typeof storageTerms>;

/** @param text JSON of a function's environment */
export function readStorageTerms(text: string | undefined): StorageTerms | undefined {
  return text === undefined ? undefined : storageTerms.parse(JSON.parse(text));
}

const DAY_MS = 24 * 3_600_000;

/** @param ageMs of the files */
export function classAt({ storageClass: first = 'STANDARD', transition }: StorageTerms, ageMs: number): StorageClass {
  return transition !== undefined && ageMs >= transition.afterDays * DAY_MS ? transition.storageClass : first;
}

/** Into which classes a lifecycle rule of S3 moves files of a class, of those that are read at once ("Transitioning objects"). */
export const TRANSITIONS: Readonly<Record<StorageClass, readonly StorageClass[]>> = {
  STANDARD: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
  STANDARD_IA: ['INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
  INTELLIGENT_TIERING: ['ONEZONE_IA', 'GLACIER_IR'],
  ONEZONE_IA: [],
  GLACIER_IR: [],
};

/** S3 moves no file into these sooner. */
export const MIN_TRANSITION_DAYS: Readonly<Partial<Record<StorageClass, number>>> = { STANDARD_IA: 30, ONEZONE_IA: 30 };
