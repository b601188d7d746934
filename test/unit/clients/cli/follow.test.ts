import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { THIS_API } from '../../../../functions/api/openapi/this-api.ts';
import { type ExampleApi, startExampleApi } from '../../../support/example-api.ts';
import { runAt } from './terminal-of.ts';

const BACKUP = '6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11';
const RESTORE = 'c3a8e7d0-51b2-4f96-b0de-94d1a7c86e25';

let api: ExampleApi;
beforeAll(async () => {
  api = await startExampleApi();
});
afterAll(() => api.stop());

const run = (line: string, options?: Parameters<typeof runAt>[2]) => runAt(api.endpoint, line.split(' '), options);

function example(path: string): { data: Record<string, unknown> } & object {
  return JSON.parse(JSON.stringify(THIS_API.paths[path]?.get?.responses[200]?.content['application/json'].example));
}

/** The example record in another state. */
function record(fields: object) {
  const answer = example('/backups');
  const [of] = Array.isArray(answer.data.backupRecords) ? answer.data.backupRecords : [];
  return {
    body: { ...answer, data: { backupRecords: [{ ...of, startTime: '2026-03-01T07:00:00.000Z', ...fields }] } },
  };
}

function workflow(status: string, fields: object = {}, nodes?: object[]) {
  const answer = example('/workflow/{workFlowId}');
  const info = { ...Object(answer.data.info), createTime: '2026-03-01T07:00:00.000Z', status, ...fields };
  return { body: { ...answer, data: { ...answer.data, info, ...(nodes && { nodes }) } } };
}

const OVER = workflow('Finished');

describe('backup start --watch', () => {
  it('redraws one line with a bar and the time left, then says how it ended', async () => {
    api.answer(
      'GET /backups',
      record({ status: 'Processing', progress: 0 }),
      record({ status: 'Processing', progress: 50, step: 'backing up' }),
      record({ status: 'Finished', progress: 100, sizeBytes: '16127184', files: 12 }),
    );
    api.answer('GET /workflow/{workFlowId}', OVER);
    const { code, out, err } = await run('backup start orders --watch', { isTerminal: true, env: { NO_COLOR: '1' } });

    expect(code).toBe(0);
    expect(err).toContain('\r\x1b[K[############------------]   50 %  1 s, about 1 s left  backing up');
    expect(out).toMatch(/^Backup .* finished: 15\.4 MiB in 12 files\n$/);
  });

  it('writes lines if there is no terminal', async () => {
    api.answer(
      'GET /backups',
      record({ status: 'Processing', progress: 41 }),
      record({ status: 'Processing', progress: 42 }),
      record({ status: 'Processing', progress: 55 }),
      record({ status: 'Finished' }),
    );
    api.answer('GET /workflow/{workFlowId}', OVER);
    const { err } = await run('backup start orders --watch');

    expect(err).not.toContain('\r');
    expect(err.match(/ %/g)).toHaveLength(2);
  });
});

describe('--wait', () => {
  it.each([
    ['Finished', 0, /finished/],
    ['Failed', 3, /failed: TiDB went away/],
    ['Canceled', 4, /was canceled/],
  ])('reports %s by exit code %i', async (status, expected, said) => {
    api.answer('GET /backups', record({ status, error: { code: 10000, message: 'TiDB went away' } }));
    api.answer('GET /workflow/{workFlowId}', OVER);
    const { code, out, err } = await run('backup start orders --wait');

    expect(code).toBe(expected);
    expect(out + err).toMatch(said);
  });

  it('returns when the cluster is free for the next command', async () => {
    api.answer('GET /backups', record({ status: 'Finished' }));
    api.answer('GET /workflow/{workFlowId}', workflow('Processing'), OVER);
    api.requests.length = 0;
    await run('backup start orders --wait');

    expect(api.requests.filter(({ route }) => route === 'GET /workflow/{workFlowId}')).toHaveLength(2);
  });

  it('prints the record for programs, even of a failed backup', async () => {
    api.answer('GET /backups', record({ status: 'Failed', error: { code: 10000, message: 'TiDB went away' } }));
    const { code, out } = await run('backup start orders --wait --json');

    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ status: 'Failed' });
  });

  it('stops after --timeout, and says how to continue', async () => {
    api.answer('GET /backups', record({ status: 'Processing', progress: 10 }));
    const { code, err } = await run('backup start orders --timeout 60');

    expect(code).toBe(5);
    expect(err).toMatch(
      /did not end within 1 min 00 s; it continues\nnext: see how it ends with `tidb-backup backup watch /,
    );
  });
});

describe('restores', () => {
  it('estimate the time left from their plan', async () => {
    api.answer('GET /workflow/{workFlowId}', workflow('Processing', { step: 'restoring' }), OVER);
    const { code, err } = await run(`restore start ${BACKUP} --into orders --yes --watch`);

    expect(code).toBe(0);
    expect(err).toMatch(/% {2}0 s, about .* left {2}restoring/);
  });

  it('say why they failed', async () => {
    const node = {
      id: 'n',
      name: 'restoreFromSrcCluster',
      parameters: '{}',
      status: 'Error',
      result: 'the table shop.orders exists',
    };
    const times = { startTime: '2026-03-01T07:00:00.000Z', endTime: '2026-03-01T07:00:05.000Z' };
    api.answer('GET /workflow/{workFlowId}', workflow('Error', {}, [{ ...node, ...times }]));
    const { code, err } = await run(`restore watch ${RESTORE}`);

    expect(code).toBe(3);
    expect(err).toContain('failed: the table shop.orders exists');
  });
});

describe('a check', () => {
  it('that found something wrong exits with 1, with the remedy', async () => {
    api.answer('GET /workflow/{workFlowId}', OVER);
    const answer = example('/clusters/{clusterId}');
    const findings = [{ check: 'endpoint', status: 'failed', message: 'cannot be reached', remedy: 'Start TiDB.' }];
    const check = {
      workFlowId: 'w',
      status: 'failed',
      startTime: '2026-03-01T07:00:00.000Z',
      endTime: '2026-03-01T07:00:05.000Z',
      findings,
    };
    api.answer('GET /clusters/{clusterId}', { body: { ...answer, data: { ...answer.data, check } } });
    const { code, err } = await run('clusters check orders --wait');
    api.answer('GET /clusters/{clusterId}');

    expect(code).toBe(1);
    expect(err).toMatch(/endpoint: cannot be reached\n +remedy: Start TiDB\./);
  });
});

it('reports an API that does not answer by exit code 6', async () => {
  const { code, err } = await runAt('http://127.0.0.1:9/api/v1', ['status']);

  expect(code).toBe(6);
  expect(err).toMatch(/^no answer from the API: /);
}, 60_000);
