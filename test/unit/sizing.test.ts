import { describe, expect, it } from 'vitest';
import { costOf, type Usage, usageOfBackup, usageOfRestore } from '../../functions/domain/planning/cost.ts';
import {
  chooseExecutor,
  type Estimate,
  estimateBackup,
  estimateRestore,
} from '../../functions/domain/planning/estimate.ts';
import { PRICES_AS_OF, PRICES_REGION } from '../../functions/domain/planning/list-prices.ts';
import type { Executor } from '../../functions/domain/workflow/executor.ts';
import { readPage, sectionOf } from '../support/docs.ts';
import { tableRows } from '../support/table-rows.ts';

const SIZING = readPage('docs/sizing.md');
const EXAMPLE = sectionOf(SIZING, 'Example');

const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
const BEGIN = '2026-03-01T00:00:00.000Z';

/** The cluster of the example. */
const TIKV_NODES = 6;
const DATA_BYTES = 2 * TIB;
/** zstd leaves about a third. */
const FULL_BYTES = String(Math.round(DATA_BYTES / 3));
const INCREMENTAL_BYTES = String(10 * GIB);

const full = estimateBackup({
  ...{ backupType: 'full', scopeKey: '*', recentRuns: [] },
  data: { logicalBytes: String(DATA_BYTES), tikvNodes: TIKV_NODES },
});
const incremental = estimateBackup({
  ...{ backupType: 'incr', scopeKey: '*' },
  recentRuns: [{ backupType: 'incr', startTime: BEGIN, endTime: '2026-03-01T00:07:00.000Z' }],
});
const restore = (tidbMajor: number, sizesBytes: readonly string[]) =>
  estimateRestore({ sizesBytes, tikvNodes: TIKV_NODES, tidbMajor });

/** A row of the table: what runs where, how long, for how much. */
function row(
  what: string,
  estimate: Estimate | undefined,
  usage: (work: { executor: Executor; seconds: number }) => Usage,
) {
  if (estimate === undefined) throw new Error(`${what} is not estimated`);
  const { executor } = chooseExecutor({ hasWorker: true, estimate });
  const { onceUsd, perMonthUsd } = costOf(usage({ executor, seconds: estimate.seconds }));
  const perMonth = perMonthUsd === 0 ? '–' : `$${perMonthUsd.toFixed(2)}`;
  return [what, executor, `${Math.ceil(estimate.seconds / 60)} min`, `$${onceUsd.toFixed(2)}`, perMonth];
}

const isOnS3 = true;
const CHAIN = [FULL_BYTES, ...Array<string>(6).fill(INCREMENTAL_BYTES)];
const ROWS = [
  row('a full backup', full, (work) => usageOfBackup({ ...work, sizeBytes: FULL_BYTES, isOnS3 })),
  row('an incremental one', incremental, (work) => usageOfBackup({ ...work, sizeBytes: INCREMENTAL_BYTES, isOnS3 })),
  row('restoring the full one, TiDB 8', restore(8, [FULL_BYTES]), (work) =>
    usageOfRestore({ ...work, sizesBytes: [FULL_BYTES], isOnS3 }),
  ),
  row('restoring it and six incremental ones, TiDB 8', restore(8, CHAIN), (work) =>
    usageOfRestore({ ...work, sizesBytes: CHAIN, isOnS3 }),
  ),
  row('restoring the full one, TiDB 7.5', restore(7, [FULL_BYTES]), (work) =>
    usageOfRestore({ ...work, sizesBytes: [FULL_BYTES], isOnS3 }),
  ),
];

/** Cells of the table's lines, without its head. */
const cells = tableRows(EXAMPLE).slice(2);

describe('docs/sizing.md', () => {
  it('has the same figures as the estimates and prices', () => {
    expect(cells).toEqual(ROWS);
    expect(EXAMPLE).toContain(`${PRICES_REGION}, read ${PRICES_AS_OF}`);
  });

  it('says how much a function can back up', () => {
    const executorOf = (gib: number) => {
      const data = { logicalBytes: String(gib * GIB), tikvNodes: 1 };
      const estimate = estimateBackup({ backupType: 'full', scopeKey: '*', recentRuns: [], data });
      return chooseExecutor({ hasWorker: true, estimate }).executor;
    };
    const [, most] = /up to about (\d+) GiB on each TiKV node/.exec(SIZING) ?? [];

    expect([executorOf(Number(most)), executorOf(Number(most) + 1)]).toEqual(['lambda', 'fargate']);
  });

  it('says what a month of storage costs', () => {
    const bytes = 4 * Number(FULL_BYTES) + 26 * Number(INCREMENTAL_BYTES);
    const { perMonthUsd } = costOf({ s3GbMonth: bytes / GIB });

    expect(EXAMPLE).toContain(`$${perMonthUsd.toFixed(0)} a month`);
  });
});
