import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createSecondCopies } from '../adapters/files/s3-copies.ts';
import { createS3Stores } from '../adapters/files/s3-stores.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { createSecretReader } from '../adapters/secrets/secret-reader.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readStorageTerms } from '../domain/storage/storage-class.ts';
import { readEnvironment, SWEEP_MINUTES } from '../environment.ts';
import { findCopies } from '../operations/copy/find-copies.ts';
import { sweepHandler } from './sweep-handler.ts';

/** Enough to list a backup of a million files. */
const LAST_LOOK_MS = 5 * 60_000;

const environment = readEnvironment('copies');
const deps = {
  ...createStores(createDocumentClient(), environment),
  // Roles open both buckets, so no keys are needed.
  copies: createSecondCopies(createS3Stores(createSecretReader())),
  metrics: createEmfMetrics(systemClock),
  copyBucket: readStorageTerms(environment.STORAGE_TERMS)?.copy?.bucket,
  lateHours: Number(environment.COPY_LATE_HOURS),
  clock: systemClock,
};

export const handler = sweepHandler(
  'second copies checked',
  { lastItemMs: LAST_LOOK_MS, everyMinutes: SWEEP_MINUTES.copies, invoke: invokeLater },
  (now, hasTime) => findCopies(now, { ...deps, hasTime }),
);
