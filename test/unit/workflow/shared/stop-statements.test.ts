import { describe, expect, it } from 'vitest';
import type { StatementMark, TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import { stopRestores } from '../../../../functions/workflow/restore/stop-restores.ts';
import { stopLeftovers, stopStatements } from '../../../../functions/workflow/shared/stop-statements.ts';
import { aBackup, aCluster } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** A TiDB in which statements run until they are killed, and end a moment later. */
function prepare(running: Record<string, string[]>) {
  const asked: StatementMark[] = [];
  const control: Pick<TidbControl, 'running' | 'kill' | 'close'> = {
    running: async (...marks) => {
      asked.push(...marks);
      const ids = marks.flatMap(({ backupId }) => running[backupId] ?? []);
      return ids.map((connectionId) => ({ connectionId })) as Awaited<ReturnType<TidbControl['running']>>;
    },
    kill: async (connectionId) => {
      for (const [backupId, ids] of Object.entries(running)) {
        running[backupId] = ids.filter((id) => id !== connectionId);
      }
    },
    close: () => {},
  };
  return { control, asked, running };
}

const INCREMENTAL = aBackup({ backupId: 'incr', backupType: 'incr', base: { backupId: 'full', backupTso: '1' } });

describe('statements of a dead node', () => {
  it('are all killed in one round', async () => {
    const { control, running } = prepare({ 'backup-1': ['1', '2', '3'] });
    const clock = new VirtualClock();

    expect(await stopStatements(control, [{ kind: 'BACKUP', backupId: 'backup-1' }], clock)).toBe(true);

    expect(running['backup-1']).toEqual([]);
    expect(clock.now() - Date.parse('2026-03-01T10:00:00.000Z')).toBe(500);
  });

  it('are killed repeatedly for twenty seconds, and then reported as running', async () => {
    const kills: number[] = [];
    const clock = new VirtualClock();
    const began = clock.now();
    const { control } = prepare({ 'backup-1': ['7'] });
    control.kill = async () => void kills.push(clock.now() - began);
    const mark = { kind: 'BACKUP', backupId: 'backup-1' } as const;

    const left = await stopLeftovers(aCluster(), [mark], {
      tidb: { openControl: () => control as TidbControl },
      clock,
    });

    expect(left).toBe('BACKUP is still running and ignored the kill');
    expect(kills).toEqual(Array.from({ length: 40 }, (_, look) => 500 * look));
  });

  it('of a restore are looked for by every backup of the chain', async () => {
    const { control, asked, running } = prepare({ full: ['1'] });
    const backups = { get: async (id: string) => (id === 'incr' ? INCREMENTAL : aBackup({ backupId: 'full' })) };

    const left = await stopRestores({ backupId: 'incr' }, aCluster(), {
      ...{ backups, clock: new VirtualClock() },
      tidb: { openControl: () => control as TidbControl },
    });

    expect(left).toBeUndefined();
    expect(running.full).toEqual([]);
    expect(asked).toContainEqual({ kind: 'RESTORE', backupId: 'incr' });
  });
});
