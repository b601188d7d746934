import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ExampleApi, startExampleApi } from '../../../support/example-api.ts';
import { runAt } from './terminal-of.ts';

const BACKUP = '6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11';

let api: ExampleApi;
beforeAll(async () => {
  api = await startExampleApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  api.requests.length = 0;
});

const run = (line: string, options?: Parameters<typeof runAt>[2]) => runAt(api.endpoint, line.split(' '), options);

/** Each command, its final request, and words of its output. */
const READS: readonly (readonly [line: string, target: string, shown: RegExp])[] = [
  ['status', 'GET /overview?pageSize=50', /CLUSTER +NEWEST BACKUP.*\norders /],
  ['clusters list', 'GET /clusters?pageSize=50', /CLUSTER +NAME +SERVERS.*\norders +Orders /],
  ['clusters show orders', 'GET /clusters/orders', /name +Orders\n/],
  [
    'backup list --cluster orders --mode auto --since 7d',
    'GET /backups?clusterId=orders&backupMode=auto&startTime=1771743600&pageSize=50',
    /BACKUP +CLUSTER/,
  ],
  [`backup show ${BACKUP}`, `GET /backups?backupId=${BACKUP}`, /status +Finished/],
  [`backup evidence ${BACKUP}`, `GET /backups/${BACKUP}/evidence`, /chain +/],
  ['backup evidence --cluster orders', 'GET /clusters/orders/evidence?pageSize=100', /MISSED WINDOW/],
  ['strategy get orders', 'GET /clusters/orders/strategy', /next runs +2026/],
  [
    'retention preview orders --keep-weekly 4 --max-age-days 90',
    'GET /clusters/orders/retention/preview?keepWeekly=4&maxAgeDays=90&pageSize=50',
    /removes \d+/,
  ],
  ['config get BackupStoragePath', 'GET /config?configKey=BackupStoragePath', /^[\w-]+\/\w/],
  ['config get', 'GET /config/all', /KEY +VALUE\n/],
  ['workflow list --status Error', 'GET /workflow?status=Error&pageSize=50', /WORKFLOW +KIND/],
  [`workflow show ${BACKUP}`, `GET /workflow/${BACKUP}`, /NODE +STATUS/],
];

/** Commands that start an operation, and the command that shows its end. */
const STARTS: readonly (readonly [line: string, next: RegExp])[] = [
  ['backup start orders', /^backup \S+ has started\nnext: see how it ends with `tidb-backup backup watch \S+`\n$/],
  [`backup drill ${BACKUP}`, /^drill \S+ has started\nnext: .* `tidb-backup workflow watch \S+`\n$/],
  [`backup undelete ${BACKUP}`, /^undelete \S+ has started\nnext: .* `tidb-backup workflow watch \S+`\n$/],
  ['backup import', /^import \S+ has started\nnext: .* `tidb-backup workflow watch \S+`\n$/],
  ['clusters check orders', /^check \S+ has started\nnext: .* `tidb-backup clusters show orders`\n$/],
  ['config check', /^check \S+ has started\nnext: .* `tidb-backup workflow watch \S+`\n$/],
  [
    `restore start ${BACKUP} --into staging --yes`,
    /^restore \S+ has started\nnext: .* `tidb-backup restore watch \S+`\n$/,
  ],
];

const CHANGES = changes([
  [
    'clusters add orders --name Orders --host a:4000 --host b:4000 --user backup --tls verify',
    'POST /clusters',
    {
      clusterId: 'orders',
      clusterName: 'Orders',
      endpoints: ['a:4000', 'b:4000'],
      account: { user: 'backup', password: 'of-orders' },
      tls: 'verify',
    },
  ],
  [
    'clusters change orders --timezone UTC',
    'PUT /clusters/orders',
    { clusterName: 'Orders', timezone: 'UTC', tls: 'verify' },
  ],
  ['clusters remove orders --delete-backups auto --yes', 'DELETE /clusters/orders?deleteBackups=auto'],
  ['clusters check orders --scratch', 'POST /clusters/orders/check?scratch=true'],
  [
    'backup start orders --type incr --database shop',
    'POST /backups',
    { clusterId: 'orders', backupType: 'incr', scope: { databases: ['shop'] } },
  ],
  [`backup cancel ${BACKUP} --yes`, 'POST /backups/cancel', { clusterId: 'orders', backupId: BACKUP }],
  [`backup delete ${BACKUP} --force --yes`, `DELETE /backups/${BACKUP}?force=true`],
  [
    'backup delete --cluster orders --mode auto --except a --except b -y',
    'DELETE /backups?clusterId=orders&backupMode=auto&excludeBackupId=a&excludeBackupId=b',
  ],
  [`backup drill ${BACKUP} --assertion TRUE`, `POST /backups/${BACKUP}/drill`, { assertions: ['TRUE'] }],
  [`backup undelete ${BACKUP}`, `POST /backups/${BACKUP}/undelete`],
  ['backup import --path s3://bucket/prefix', 'POST /backups/import', { path: 's3://bucket/prefix' }],
  [
    `restore start ${BACKUP} --into orders --table shop.orders --yes`,
    'POST /clusters/orders/restore',
    { backupId: BACKUP, scope: { tables: ['shop.orders'] } },
  ],
  [`restore start ${BACKUP} --new Copy`, 'POST /clusters/restore', { backupId: BACKUP, clusterName: 'Copy' }],
  [
    'strategy set orders --days Monday --keep-last 7 --yes',
    'PUT /clusters/orders/strategy',
    { strategy: { backupDate: 'Monday', retention: { keepLast: 7 } } },
  ],
  ['strategy remove orders --yes', 'DELETE /clusters/orders/strategy'],
  ['config set BackupRateLimit 128', 'POST /config/update', { configKey: 'BackupRateLimit', configValue: '128' }],
  ['config check', 'POST /config/check'],
]);

function changes(rows: readonly (readonly [line: string, target: string, body?: object])[]) {
  return rows.map(([line, target, body]) => ({ line, target, body }));
}

const ENV = { TIDB_BACKUP_PASSWORD: 'of-orders' };

const changesOf = () =>
  api.requests.filter(({ route, target }) => !route.startsWith('GET') && !target.includes('plan=true'));
const sent = ({ route, target }: { route: string; target: string }) => `${route.split(' ')[0]} ${target}`;

describe('without --wait or --watch', () => {
  it.each(STARTS)('%s says what has started, and how to see its end', async (line, next) => {
    expect((await run(line)).out).toMatch(next);
  });
});

describe('commands that read', () => {
  it.each(READS)('%s', async (line, target, shown) => {
    const { code, out, err } = await run(line);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(api.requests.map(sent)).toContain(target);
    expect(out).toMatch(shown);
    expect(out).not.toContain('undefined');
    expect(JSON.parse((await run(`${line} --json`)).out)).toEqual(expect.anything());
  });

  it('backup evidence --csv writes the file unchanged', async () => {
    expect((await run('backup evidence --cluster orders --csv')).out).toMatch(/^kind,clusterId,/);
  });
});

describe('commands that change something', () => {
  it.each(CHANGES)('$line', async ({ line, target, body }) => {
    const { code, err } = await run(line, { env: ENV });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(changesOf().map(sent)).toEqual([target]);
    if (body) expect(changesOf()[0]?.body).toMatchObject(body);
  });

  it.each(CHANGES)('$line --plan changes nothing', async ({ line }) => {
    await run(`${line} --plan`, { env: ENV });

    expect(changesOf()).toEqual([]);
    expect(api.requests.some(({ target }) => target.includes('plan=true'))).toBe(true);
  });

  it.each(CHANGES.filter(({ line }) => /--yes|-y$/.test(line)))(
    '$line: is refused without --yes and without a terminal',
    async ({ line }) => {
      const { code, err } = await run(line.replace(/ (--yes|-y)$/, ''), { env: ENV });

      expect(code).toBe(7);
      expect(err).toContain('nothing was changed');
      expect(changesOf()).toEqual([]);
    },
  );
});

describe('a prompt', () => {
  const line = `backup delete ${BACKUP}`;

  it('shows the plan, and continues after "y"', async () => {
    const { code, err } = await run(line, { isTerminal: true, input: 'y\n' });

    expect(code).toBe(0);
    expect(err).toMatch(/deletes:[\s\S]*Delete backup .*\? \[y\/N\]/);
    expect(changesOf()).toHaveLength(1);
  });

  it.each(['n\n', '\n', ''])('changes nothing after %j', async (input) => {
    const { code } = await run(line, { isTerminal: true, input });

    expect(code).toBe(7);
    expect(changesOf()).toEqual([]);
  });
});

describe('secrets', () => {
  const add = 'clusters add orders --host a:4000 --user backup';

  it.each([
    ['standard input', `${add} --password-stdin`, { input: 'of-orders\n' }],
    ['a prompt', add, { isTerminal: true, input: 'of-orders\n' }],
  ])('come from %s', async (_from, line, options) => {
    const { err } = await run(line, options);

    expect(changesOf()[0]?.body).toMatchObject({ account: { password: 'of-orders' } });
    expect(err).not.toContain('of-orders');
  });

  it('are requested by name if missing', async () => {
    const { code, err } = await run(add);

    expect(code).toBe(2);
    expect(err).toContain('--password-stdin, TIDB_BACKUP_PASSWORD, or --password-secret');
  });

  it('of the store are never arguments', async () => {
    const { code, err } = await run('config set BackupS3SecretAccessKey abc');

    expect(code).toBe(2);
    expect(err).toContain('others can read a command line');
    expect((await run('config set BackupS3SecretAccessKey -', { input: 'abc\n' })).code).toBe(0);
    expect(changesOf()[0]?.body).toMatchObject({ configValue: 'abc' });
  });
});

describe('a wrong command line', () => {
  it.each([
    ['clustres list', 'did you mean `clusters`?'],
    ['clusters lst', 'did you mean `list`?'],
    ['backup start orders --wach', 'did you mean --watch?\nnext: see `tidb-backup backup start --help`'],
    ['retention preview orders --keep-dayly 3', 'did you mean --keep-daily?'],
    ['backup start', 'Expected argument for cluster\nnext: see `tidb-backup backup start --help`'],
    ['backup start orders --type incremental', 'incr'],
    ['backup list --since yesterday', 'a time must be like'],
    ['backup delete', 'name either a backup or --cluster'],
    [`restore start ${BACKUP}`, '--into CLUSTER or --new NAME'],
    ['backup start orders --database a --table b.c', 'exclude each other'],
  ])('%s: explains the error and exits with 2', async (line, said) => {
    const { code, err } = await run(line);

    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(api.requests).toEqual([]);
  });

  it('reports a missing deployment', async () => {
    const { code, err } = await run('status', { env: { TIDB_BACKUP_ENDPOINT: '' } });

    expect(code).toBe(2);
    expect(err).toContain('--stack NAME or --endpoint URL');
  });

  it('sends no credentials unencrypted', async () => {
    const { code, err } = await run('status --endpoint http://api.example.com --token abc');

    expect(code).toBe(2);
    expect(err).toContain('must be an https URL');
  });
});

describe('a refusal of the service', () => {
  const CONFLICT = {
    status: 409,
    body: { code: 20114, message: 'another maintenance operation holds the cluster', data: {} },
  };

  it('names the next step', async () => {
    api.answer('POST /backups', CONFLICT);
    const { code, err } = await run('backup start orders');
    api.answer('POST /backups');

    expect(code).toBe(1);
    expect(err).toMatch(
      /^another maintenance operation holds the cluster\nnext: see which operation holds the cluster with `tidb-backup status`/,
    );
  });

  it('of a value leads to the help of the command', async () => {
    const message = 'parameter is invalid: backupType: must be "full" or "incr"';
    api.answer('POST /backups', { status: 400, body: { code: 10001, message, data: {} } });
    const { err } = await run('backup start orders');
    api.answer('POST /backups');

    expect(err).toBe(`${message}\nnext: correct the command; see \`tidb-backup backup start --help\`\n`);
  });

  it('is JSON for programs', async () => {
    api.answer('POST /backups', CONFLICT);
    const { err } = await run('backup start orders --json');
    api.answer('POST /backups');

    expect(JSON.parse(err)).toMatchObject({
      error: { exitCode: 1, code: 20114, name: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT' },
    });
  });
});

describe('help', () => {
  it.each(
    [...READS.map(([line]) => line), ...CHANGES.map(({ line }) => line)].map((line) =>
      line
        .split(' ')
        .slice(0, line.startsWith('status') ? 1 : 2)
        .join(' '),
    ),
  )('%s --help has examples', async (line) => {
    expect((await run(`${line} --help`)).out).toMatch(/Examples:\n {2}tidb-backup /);
  });

  it('--version prints the version', async () => {
    expect((await run('--version')).out).toBe('1.2.3\n');
  });
});

describe('colour', () => {
  it('is only for terminals', async () => {
    expect((await run('clusters list', { isTerminal: true })).out).toContain('\x1b[1m');
    expect((await run('clusters list')).out).not.toContain('\x1b');
    expect((await run('clusters list', { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toContain('\x1b');
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    expect((await run(`completion ${shell}`)).out).toContain('tidb-backup __complete');
  });

  it('proposes commands, flags and values', async () => {
    expect((await run('__complete backup sta')).out).toBe('start\tStart a backup\n');
    expect((await run('__complete backup start --wa')).out).toMatch(/^--wait\t.*\n--watch\t/);
    expect((await run('__complete backup start --type i')).out).toMatch(/^incr\t/);
  });

  it('proposes known ids where one is wanted', async () => {
    expect((await run('__complete backup start or')).out).toMatch(/^orders\t/);
    expect((await run('__complete backup list --cluster or')).out).toMatch(/^orders\t/);
    expect((await run('__complete restore start 6f1c')).out).toMatch(new RegExp(`^${BACKUP}\t`));
    expect((await run('__complete workflow show 6f1c')).out).toMatch(new RegExp(`^${BACKUP}\t`));
    expect((await run('__complete backup start zz')).out).toBe('');
  });

  it('asks the deployment that the line names, and proposes nothing if it does not answer', async () => {
    const nowhere = { env: { TIDB_BACKUP_ENDPOINT: 'http://127.0.0.1:1' } };

    expect((await run(`__complete backup start --endpoint ${api.endpoint} or`, nowhere)).out).toMatch(/^orders\t/);
    expect((await run(`__complete backup start --endpoint=${api.endpoint} or`, nowhere)).out).toMatch(/^orders\t/);
    const asked = await run('__complete backup start or', nowhere);
    expect(asked).toEqual({ code: 0, out: '', err: '' });
  });
});
