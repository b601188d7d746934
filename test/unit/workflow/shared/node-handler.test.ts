import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import * as z from 'zod/mini';
import { operationInput } from '../../../../functions/domain/workflow/workflow.ts';
import { log } from '../../../../functions/log.ts';
import { nodeHandler } from '../../../../functions/workflow/shared/node-handler.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };

let info: MockInstance;
let warn: MockInstance;
beforeEach(() => {
  info = vi.spyOn(console, 'info').mockReturnValue();
  warn = vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

describe('every line that a node logs', () => {
  it('names its request, across every await, as does the line that says how it ended', async () => {
    const handler = nodeHandler('backup', operationInput, async () => {
      await new Promise(setImmediate);
      log.info({ message: 'at work' });
    });

    await handler({ ...INPUT, correlationId: 'order-4711' });

    const context = { correlationId: 'order-4711', workFlowId: 'backup-1', node: 'backup' };
    expect(info.mock.calls).toEqual([
      [{ message: 'at work', ...context }],
      [{ message: 'node ended', ms: expect.any(Number), ...context }],
    ]);
  });

  it('names its own request while others run beside it', async () => {
    const handler = nodeHandler('end', operationInput, async ({ clusterId }) => {
      await new Promise(setImmediate);
      log.info({ message: 'at work', clusterId });
    });

    await Promise.all(['a', 'b'].map((id) => handler({ ...INPUT, clusterId: id, correlationId: `request-${id}` })));

    const lines = info.mock.calls.map(([line]) => line).filter(({ message }) => message === 'at work');
    expect(lines).toMatchObject([
      { clusterId: 'a', correlationId: 'request-a' },
      { clusterId: 'b', correlationId: 'request-b' },
    ]);
  });

  it('names the operation if no one requested it, or if it was started before requests had ids', async () => {
    const handler = nodeHandler('deleteBackupFiles', z.object({ input: operationInput }), async () => {});

    await handler({ input: INPUT });

    expect(info.mock.calls).toMatchObject([[{ correlationId: 'backup-1', node: 'deleteBackupFiles' }]]);
  });
});

it('an error of a node is logged with its cause, without the statement, and passed on to Step Functions', async () => {
  const statement = "BACKUP DATABASE * TO 's3://bucket?secret-access-key=hunter2'";
  const cause = Object.assign(new Error('read ECONNRESET'), { sql: statement });
  const error = new Error('TiDB is away', { cause });
  const handler = nodeHandler('backup', operationInput, () => Promise.reject(error));

  await expect(handler(INPUT)).rejects.toBe(error);

  const logged = { name: 'Error', message: 'TiDB is away', cause: { message: 'read ECONNRESET' } };
  expect(warn.mock.calls).toMatchObject([[{ message: 'node failed', correlationId: 'backup-1', error: logged }]]);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('hunter2');
});
