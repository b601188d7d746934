import { afterAll, beforeAll, expect, it } from 'vitest';
import { WEEKDAYS } from '../../../functions/domain/strategy/backup-window.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, sharedAppWorld, sql } from './app-world.ts';

let world: AppWorld;
beforeAll(async () => {
  world = await sharedAppWorld();
}, 120_000);
// No function was denied anything below: the end of the world checks that.
afterAll(() => world.stop());

const HOUR = 3_600_000;

/** Open now, every day; full only on the day after tomorrow. */
function incrementalToday() {
  const hourFrom = (ms: number) => new Date(Date.now() + ms).getUTCHours();
  // `WEEKDAYS` begins with Monday, which is 1 here.
  const fullBackupDate = WEEKDAYS[(new Date(Date.now() + 48 * HOUR).getUTCDay() + 6) % 7];
  return {
    ...{ backupDate: WEEKDAYS.join(','), period: `${hourFrom(-HOUR)}:00-${hourFrom(2 * HOUR)}:00`, timezone: 'UTC' },
    ...{ fullBackupDate, fallbackToFull: true },
  };
}

it('a chain from a request and a strategy is restored into a new cluster, also in part, and deleted by force', async () => {
  const source = await world.sandbox();
  await fill(source, 16);
  const clusterId = await world.register(source);
  const isFinished = ({ status }: { status: string }) => status === 'Finished';
  const isFree = async (id: string) => ((await world.maintenanceOf(id)) === '' ? true : undefined);
  const full = await world.backUp(clusterId);
  await world.untilRecord(full, isFinished);
  await until('a free cluster', () => isFree(clusterId));
  await sql(
    source,
    "UPDATE shop.orders SET filler = 'changed' WHERE id < 4",
    'DELETE FROM shop.orders WHERE id = 5',
    'CREATE TABLE shop.items (id INT PRIMARY KEY)',
    'INSERT INTO shop.items VALUES (1)',
  );

  expect(await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: incrementalToday() })).toMatchObject({
    code: 0,
  });
  await world.cloud.fireRule(await ruleId('AutoBackupRule'), new Date());
  const auto = (await world.records(`clusterId=${clusterId}&backupMode=auto`))[0]?.id ?? 'none';
  const incremental = await world.untilRecord(auto, isFinished);
  expect(incremental).toMatchObject({ backupType: 'incr', baseBackupId: full });

  const [whole, part] = [await world.sandbox(), await world.sandbox()];
  const copy = await world.api('POST /clusters/restore', {
    ...{ clusterName: 'Copy', backupId: auto, endpoints: [`${whole.host}:${whole.port}`] },
    account: { user: whole.user, password: whole.password },
  });
  const partId = await world.register(part);
  const scope = { tables: ['shop.items'] };
  const partial = await world.api(`POST /clusters/${partId}/restore`, { backupId: auto, scope });
  for (const { data } of [copy, partial]) {
    const statusOf = async () => {
      const { info } = (await world.api(`GET /workflow/${data.workFlowId}`)).data as { info: { status: string } };
      return ['Finished', 'Error'].includes(info.status) ? info.status : undefined;
    };
    expect(await until('the end of a restore', statusOf, 40)).toBe('Finished');
  }
  const rows = 'SELECT * FROM shop.orders ORDER BY id';
  expect(await sql(whole, rows)).toEqual(await sql(source, rows));
  const tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'shop'";
  expect(await sql(part, tables)).toEqual([{ name: 'items' }]);

  expect(await world.api(`DELETE /backups/${full}`)).toMatchObject({
    code: 20610,
    message: expect.stringContaining(auto),
  });
  expect(await world.api(`DELETE /backups/${full}?force=true`)).toMatchObject({
    data: { deletedBackupIds: [auto, full] },
  });
  await world.untilGone(auto, 60);
  await world.untilGone(full, 60);
  expect(await world.filesOf(clusterId)).toEqual([]);
}, 240_000);
