import { setTimeout as delay } from 'node:timers/promises';
import { GetBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Rewind, RewoundFiles } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import { byClockOfStore, VersionsOfFile } from '../../domain/storage/versions.ts';
import { Copies } from './s3-copied-versions.ts';
import { lacksAction } from './s3-dialects.ts';
import { folder } from './s3-listing.ts';
import { Look, type Part } from './s3-look.ts';
import { abortUploads } from './s3-uploads.ts';
import { pagesOfVersions } from './s3-versions.ts';

/** Each pass undoes changes made during the previous one; whoever keeps destroying files must be stopped first. */
const PASSES = 5;

/**
 * After so many copies their progress is recorded, so that a run has to be able to make about as many. One call and one
 * second for that are little beside the copies.
 */
const COPIES_A_PART = 2_000;

/** Stores date versions by whole seconds: what is written after such a pause bears a later date. */
const NEXT_SECOND_MS = 1_000;

/** Whether a bucket keeps versions, or ever did. Right: `s3:GetBucketVersioning`. */
export async function keepsVersions(client: S3Client, { bucket }: S3Location): Promise<boolean> {
  try {
    return (await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status !== undefined;
  } catch (error) {
    if (lacksAction(error)) return false;
    throw error;
  }
}

/**
 * Takes the files of a folder back to how they were: aborts the uploads that would become files later, removes the delete markers and
 * versions that lie on the right version of each file or, where a lock keeps one of those, copies the right version on top. Looks
 * again until nothing is left to do. V versions cost ⌈V/1000⌉ calls a look and two before the first, ⌈R/1000⌉ for the R that are
 * removed, and one for each copy; what was copied is looked at once more, part by part.
 * Rights: `s3:ListBucketVersions`, `s3:DeleteObjectVersion`, and those of {@link abortUploads}; to copy also `s3:GetObjectVersion`,
 * `s3:PutObject`, `s3:DeleteObject` and `s3:GetObjectRetention`.
 * @param pause waits until the next second; defaults to a real pause
 */
export async function rewindFolder(
  client: S3Client,
  location: S3Location,
  rewind: Rewind,
  pause: () => Promise<unknown> = () => delay(NEXT_SECOND_MS),
): Promise<RewoundFiles> {
  await abortUploads(client, location, rewind.signal);
  const copies = new Copies(client, location, rewind.copying);
  const wanted = { ...rewind, asOf: await asOfStore(client, location, rewind) };
  const lookAt = async (part: Part): Promise<Look> => {
    const look = new Look(client, location, wanted, { copies, part });
    await look.atAll();
    return look;
  };
  /** Copies count by their dates: no upload that was begun before may become a file later, and nothing else be of their second. */
  const awaitNextSecond = async () => {
    await pause();
    await abortUploads(client, location, rewind.signal);
  };
  const record = async (part: Part, upTo: string) => {
    for (let pass = 1; pass <= PASSES; pass += 1) {
      await awaitNextSecond();
      const look = await lookAt({ ...part, upTo });
      if (look.isClean) return await rewind.onCopied?.(await copies.add({ upTo, asOf: look.lastWritten }, part.after));
    }
    throw tooFast();
  };

  let after = copies.end;
  for (let pass = 1; pass <= PASSES; pass += 1) {
    let isWhole = after === undefined;
    let look = await lookAt({ after, atMost: COPIES_A_PART });
    while (look.stoppedAt !== undefined) {
      isWhole = false;
      await record({ after }, look.stoppedAt);
      after = look.stoppedAt;
      look = await lookAt({ after, atMost: COPIES_A_PART });
    }
    if (isWhole && look.isClean) return { ...look.result, ...(await copies.result(look.lastWritten)) };
    if (copies.exist) await awaitNextSecond();
    after = undefined;
  }
  throw tooFast();
}

function tooFast(): Error {
  return new Error(
    'files are deleted or overwritten as fast as they are brought back: take the rights of whoever does so',
  );
}

async function asOfStore(client: S3Client, location: S3Location, rewind: Rewind): Promise<number> {
  const { asOf, writtenLast, pinned, signal } = rewind;
  if (writtenLast === undefined) return asOf;
  const key = folder(location) + writtenLast;
  let first = Number.POSITIVE_INFINITY;
  const file = new VersionsOfFile({ asOf: Number.MAX_SAFE_INTEGER, pinned: pinned?.[writtenLast] });
  for await (const page of pagesOfVersions(client, location, { Prefix: key, signal })) {
    // It is listed first of all keys with this prefix; its first version may be on a later page.
    const own = page.filter((version) => version.key === key);
    for (const version of own) {
      file.add(version);
      if (!version.isMarker) first = Math.min(first, version.writtenAt);
    }
    if (own.length < page.length) break;
  }
  return byClockOfStore(asOf, pinned?.[writtenLast] && file.right ? file.right.writtenAt : first);
}
