import { expect, it } from 'vitest';
import { recordDrillWithoutVerdict } from '../../../../functions/workflow/shared/record-verdict.ts';

it('what a drill fails with speaks against the backup only if the drill has found nothing itself', async () => {
  const noted: object[] = [];
  const backups = {
    recordDrill: async (_id: string, note: object) => noted.push(note) > 0,
    recordDrillFailure: async (_id: string, note: object) => noted.push(note) > 0,
  };
  const input = { workFlowId: 'drill-1', backupId: 'backup-1' };
  const deps = { backups, clock: { now: () => 0 } };

  await recordDrillWithoutVerdict(input, { Error: 'DrillFailed', Cause: 'a table differs' }, deps);
  await recordDrillWithoutVerdict(input, { Error: 'TidbUnreachable', Cause: 'away' }, deps);

  const at = '1970-01-01T00:00:00.000Z';
  const failed = { workFlowId: 'drill-1', time: at };
  expect(noted).toEqual([
    {
      evidence: {
        ...{ ...failed, reason: 'DrillFailed: a table differs', failure: 'DrillFailed', result: 'failed' },
        ...{ tables: 0, rows: '0', mismatches: [], assertions: [] },
      },
      ...{ verdict: 'refuted', unlessNoted: true, at },
    },
    { failure: { ...failed, reason: 'TidbUnreachable: away' }, at },
  ]);
});
