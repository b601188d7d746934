import { mutantsOf } from '../mutant.ts';

const ENTRIES = ['test/unit/triggers/entries.test.ts'];
const WORKER = ['test/unit/worker'];

/** What starts the service's own work: events, schedules and the worker. */
export const TRIGGERS = [
  ...mutantsOf('functions/triggers/orphaned-files.ts', ENTRIES, [
    'environment.REMOVE_ORPHANED_FILES !== undefined',
    'true',
  ]),
  ...mutantsOf('functions/triggers/drills.ts', ENTRIES, ['environment.PROVISIONER_ARN !== undefined', 'true']),
  ...mutantsOf('functions/triggers/backup-ages.ts', ENTRIES, ['environment.CLUSTER_METRICS !== undefined', 'true']),
  ...mutantsOf('functions/triggers/auto-backup.ts', ENTRIES, ['STOP_MARGIN_MS = 60_000', 'STOP_MARGIN_MS = 6_000']),
  ...mutantsOf('functions/triggers/retention.ts', ENTRIES, [
    'RetentionFailures: sweep.failed',
    'RetentionFailures: sweep.removed',
  ]),
  ...mutantsOf(
    'functions/worker/run-task.ts',
    WORKER,
    ['      if (!isHeard) {', '      if (!isHeard && ended.signal.aborted) {'],
    ['Math.min(2 * pause, LONGEST_PAUSE_MS)', 'Math.max(2 * pause, LONGEST_PAUSE_MS)'],
  ),
  ...mutantsOf('functions/worker/task.ts', WORKER, ['/^[1-9]', '/[0-9]'], ['* 1_000) / 3', '* 1_000) / 1']),
];
