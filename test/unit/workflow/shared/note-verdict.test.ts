import { expect, it } from 'vitest';
import { noteFailedDrill } from '../../../../functions/workflow/shared/note-verdict.ts';

it('what a drill fails with speaks against the backup only if the drill has found nothing itself', async () => {
  const noted: object[] = [];
  const backups = {
    noteDrill: async (_id: string, note: object) => noted.push(note) > 0,
    noteDrillFailure: async (_id: string, note: object) => noted.push(note) > 0,
  };
  const input = { workFlowId: 'drill-1', backupId: 'backup-1' };
  const deps = { backups, clock: { now: () => 0 } };

  await noteFailedDrill(input, { Error: 'DrillFailed', Cause: 'a table differs' }, deps);
  await noteFailedDrill(input, { Error: 'TidbUnreachable', Cause: 'away' }, deps);

  expect(noted).toMatchObject([{ verdict: 'refuted', unlessNoted: true }, { failure: { workFlowId: 'drill-1' } }]);
});
