import { expect, it } from 'vitest';
import type { ImportEntry, ImportJob } from '../../../../functions/domain/backup/import-job.ts';
import type { Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import { createApi, untouchablePorts } from '../../../support/api.ts';
import { aWorkflow, CREATED } from '../../../support/records.ts';

const COUNTS = { imported: 2, present: 0, skipped: 0 };
const ENTRIES: ImportEntry[] = [{ path: 's3://backups/tidb/c/b', result: 'imported' }];

/** An API with one import, whose list has these pages. */
function prepare(job: Partial<ImportJob> | undefined, pages: Record<number, ImportEntry[]> = {}) {
  const made: Workflow = aWorkflow({
    ...{ workFlowId: 'import-1', flowName: 'ImportBackups', bizId: 'catalogue', status: 'Processing' },
    ...(job && { import: { request: {}, isPlan: false, ...job } }),
  });
  const ports = untouchablePorts();
  return createApi({
    ...ports,
    workflows: { ...ports.workflows, get: async (id) => (id === 'import-1' ? made : undefined) },
    lists: { ...ports.lists, read: async (_, page) => pages[page] },
  });
}

it('an import that has just begun has an empty list', async () => {
  const { data } = await prepare({ isPlan: true })('GET /workflow/import-1/import');

  const counts = { imported: 0, present: 0, skipped: 0 };
  expect(data).toEqual({ status: 'Processing', isPlan: true, pages: 0, counts, entries: [] });
});

it('an import is listed page by page, beginning with the first', async () => {
  const other: ImportEntry[] = [{ path: 's3://backups/tidb/c/d', result: 'imported' }];
  const api = prepare({ pages: 2, counts: COUNTS }, { 1: ENTRIES, 2: other });

  const list = { status: 'Processing', isPlan: false, pages: 2, counts: COUNTS };
  expect((await api('GET /workflow/import-1/import')).data).toEqual({ ...list, entries: ENTRIES });
  expect((await api('GET /workflow/import-1/import?page=2')).data).toEqual({ ...list, entries: other });
});

it.each([
  ['a page that is not written yet', 'import-1', '?page=2', /there is no page 2 of this import, or it has expired/],
  ['a page that a former run wrote', 'import-1', '?page=3', /there is no page 3/],
  ['an unknown import', 'import-2', '', /there is no import "import-2"/],
])('refuses %s', async (_, id, query, message) => {
  const api = prepare({ pages: 1, counts: COUNTS }, { 1: ENTRIES, 3: ENTRIES });

  expect(await api(`GET /workflow/${id}/import${query}`)).toMatchObject({
    ...{ code: 10001, message: expect.stringMatching(message) },
  });
});

it('refuses a workflow that is not an import', async () => {
  expect(await prepare(undefined)('GET /workflow/import-1/import')).toMatchObject({ code: 10001 });
});

it('an import is not a plan unless it is asked to be one', async () => {
  const made: Workflow[] = [];
  const ports = untouchablePorts();
  const api = createApi({
    ...ports,
    config: { ...ports.config, read: async () => ({}) },
    workflows: {
      ...ports.workflows,
      async create(workflow) {
        made.push(workflow);
        return true;
      },
    },
    executions: { ...ports.executions, arnOf: (_, id) => id, start: async () => true },
    clock: { now: () => Date.parse(CREATED) },
  });

  for (const query of ['', '?plan=false', '?plan=true']) {
    expect(await api(`POST /backups/import${query}`)).toMatchObject({ code: 0 });
  }

  expect(made.map((workflow) => workflow.import?.isPlan)).toEqual([false, false, true]);
});
