import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BACKUP_ID, CLUSTER_ID, IMPORT_ID, RUNNING_BACKUP_ID } from '../../../functions/api/openapi/examples.ts';
import { ALL_ROUTES, THIS_API } from '../../../functions/api/openapi/this-api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { requestOf } from '../../support/examples.ts';
import { aBackup, aWorkflow, later } from '../../support/records.ts';

beforeAll(() => {
  vi.spyOn(console, 'info').mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

/** A world with the ids of the examples. */
async function startExampleWorld(): Promise<ApiWorld> {
  const world = await startApiWorld();
  const { backups, workflows } = world.ports;
  await world.register(CLUSTER_ID);
  await backups.create(aBackup({ clusterId: CLUSTER_ID, backupId: BACKUP_ID }));
  await backups.startAttempt(BACKUP_ID, later(1));
  await backups.finish(BACKUP_ID, {
    attempt: 1,
    backupTso: '464680329216000001',
    sizeBytes: '1',
    checksums: { tables: 1 },
    at: later(2),
  });
  await workflows.create(aWorkflow({ workFlowId: BACKUP_ID, bizId: CLUSTER_ID }));
  await backups.create(aBackup({ clusterId: CLUSTER_ID, backupId: RUNNING_BACKUP_ID }));
  await workflows.create({
    ...aWorkflow({ workFlowId: IMPORT_ID, flowName: 'ImportBackups' }),
    import: { request: {}, isPlan: false },
  });
  return world;
}

describe('every example', () => {
  it.each(Object.entries(ALL_ROUTES))('of %s works, and is answered as documented', async (name, route) => {
    const world = await startExampleWorld();
    const { target, body } = requestOf(name, route);

    // The client checks every answer against the document.
    const answer = await world.api(target, body);

    expect(answer, JSON.stringify(answer)).toMatchObject({ status: 200 });
    await world.stop();
  });
});

it('is served without the envelope', async () => {
  const world = await startApiWorld();

  const { status, ...document } = await world.api('GET /openapi.json/');

  expect(status).toBe(200);
  expect(document).toEqual(JSON.parse(JSON.stringify(THIS_API)));
  await world.stop();
});
