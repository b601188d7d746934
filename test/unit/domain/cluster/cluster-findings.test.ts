import { describe, expect, it } from 'vitest';
import { privilegesOf } from '../../../../functions/adapters/tidb/grants.ts';
import type { CheckName, Finding } from '../../../../functions/domain/cluster/check.ts';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import { clusterFindings } from '../../../../functions/domain/cluster/cluster-findings.ts';
import type { EndpointReport, ServerReport } from '../../../../functions/domain/tidb/tidb.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const SCRATCH = '`tidb\\_backup\\_check\\_%`.*';
const DOCUMENTED = [
  "GRANT SELECT,PROCESS ON *.* TO 'backup'@'%'",
  "GRANT BACKUP_ADMIN,CONNECTION_ADMIN,RESTORE_ADMIN ON *.* TO 'backup'@'%'",
];

const SERVER: ServerReport = {
  server: 'tidb-0:4000',
  build: 'Release Version: v8.5.0\nEdition: Community',
  isEncrypted: true,
  clockAheadMs: 0,
  roundTripMs: 4,
  gcLifeTime: '10m0s',
  privileges: privilegesOf(DOCUMENTED),
};
const answering = (change: Partial<ServerReport> = {}, endpoint = 'a:4000'): EndpointReport => ({
  endpoint,
  server: { ...SERVER, ...change },
});
const failing = (name: 'TidbUnreachable' | 'TidbAccessDenied', message: string): EndpointReport => ({
  endpoint: 'b:4000',
  failure: new NodeFailure(name, message),
});

const DAILY: NonNullable<Cluster['strategy']> = {
  weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  period: { start: 60, end: 180 },
  timezone: 'UTC',
  paused: false,
};

function check(
  reports: readonly EndpointReport[],
  cluster: Partial<Pick<Cluster, 'tls' | 'strategy'>> = {},
  scratch = false,
): Finding[] {
  return clusterFindings({ tls: 'verify', ...cluster }, reports, { now: NOW, scratch });
}

const of = (name: CheckName, findings: readonly Finding[]) => findings.filter((each) => each.check === name);
const statusesOf = (name: CheckName, findings: readonly Finding[]) => of(name, findings).map(({ status }) => status);

it('a cluster as documented passes all checks', () => {
  const findings = check([answering(), answering({}, 'b:4000')]);

  expect(findings.filter(({ status }) => status !== 'passed').map(({ subject }) => subject)).toEqual([
    'SUPER',
    ...['CREATE', 'INSERT', 'DROP'].map((name) => `${name} ON ${SCRATCH}`),
  ]);
  expect(of('endpoint', findings).map(({ subject }) => subject)).toEqual(['a:4000', 'b:4000']);
});

it('every negative finding says what to do', () => {
  const bad = {
    build: 'Release Version: v5.4.0',
    gcLifeTime: '10m0s',
    clockAheadMs: 3_600_000,
    privileges: privilegesOf([]),
  };
  const reports = [answering(bad), failing('TidbUnreachable', 'b:4000 (ECONNREFUSED)')];

  const findings = check(reports, { tls: 'disabled', strategy: { ...DAILY, fullWeekdays: ['Sunday'] } }, true);

  const wrong = findings.filter(({ status }) => status === 'failed' || status === 'warning');
  expect(new Set(wrong.map((each) => each.check))).toEqual(
    new Set(['endpoint', 'tls', 'version', 'privilege', 'clock', 'gcLifeTime']),
  );
  for (const { remedy, message } of wrong) expect(remedy, message).toMatch(/\.$/);
});

describe('endpoints', () => {
  it.each([
    ['TidbUnreachable', 'b:4000 (ENOTFOUND)', /resolves/],
    ['TidbUnreachable', 'b:4000 (ECONNREFUSED)', /Start TiDB/],
    ['TidbUnreachable', 'b:4000 (ETIMEDOUT)', /security groups/],
    ['TidbUnreachable', 'b:4000 (self-signed certificate)', /certificate/],
    ['TidbAccessDenied', 'b:4000 refuses the account', /account/],
  ] as const)('%s %s has its own remedy', (name, message, remedy) => {
    const [, endpoint] = of('endpoint', check([answering(), failing(name, message)]));

    expect(endpoint).toMatchObject({ subject: 'b:4000', status: 'failed', message });
    expect(endpoint?.remedy).toMatch(remedy);
  });

  it('says what was not checked if no endpoint answers, and which were not tried', () => {
    const findings = check([failing('TidbAccessDenied', 'refused'), { endpoint: 'c:4000' }]);

    expect(statusesOf('endpoint', findings)).toEqual(['failed', 'skipped']);
    for (const name of ['tls', 'version', 'privilege', 'clock', 'gcLifeTime'] as const) {
      expect(statusesOf(name, findings)).toEqual(['skipped']);
    }
  });
});

describe('TLS', () => {
  it.each([
    ['disabled', false, 'warning'],
    ['preferred', false, 'warning'],
    ['preferred', true, 'passed'],
    ['required', true, 'passed'],
    ['verify', true, 'passed'],
  ] as const)('%s, encrypted %s, is %s', (tls, isEncrypted, status) => {
    expect(statusesOf('tls', check([answering({ isEncrypted })], { tls }))).toEqual([status]);
  });
});

describe('the version', () => {
  it.each([
    ['Release Version: v6.5.0', 'passed'],
    ['Release Version: v6.4.9', 'failed'],
    ['Edition: Cloud', 'warning'],
  ])('%s is %s', (build, status) => {
    expect(statusesOf('version', check([answering({ build })]))).toEqual([status]);
  });

  it('warns while servers run different releases', () => {
    const reports = [answering(), answering({ build: 'Release Version: v8.1.2' }, 'b:4000')];

    expect(of('version', check(reports))).toMatchObject([
      { status: 'warning', message: 'the servers run different releases: v8.5.0, v8.1.2' },
    ]);
  });
});

describe('privileges', () => {
  const privileges = (grants: string[], scratch = false) =>
    Object.fromEntries(
      of('privilege', check([answering({ privileges: privilegesOf(grants) })], {}, scratch)).map(
        ({ subject, status }) => [subject, status],
      ),
    );
  const onScratch = (status: Finding['status']) =>
    Object.fromEntries(['CREATE', 'INSERT', 'SELECT', 'DROP'].map((name) => [`${name} ON ${SCRATCH}`, status]));
  const NONE = {
    BACKUP_ADMIN: 'failed',
    RESTORE_ADMIN: 'warning',
    PROCESS: 'failed',
    CONNECTION_ADMIN: 'warning',
    SELECT: 'warning',
    SUPER: 'skipped',
    ...onScratch('skipped'),
  };

  it('are reported one by one', () => {
    expect(privileges(["GRANT USAGE ON *.* TO 'b'@'%'"])).toEqual(NONE);
  });

  it('on its database are needed only by a scratch backup', () => {
    expect(privileges([], true)).toEqual({ ...NONE, ...onScratch('failed') });
  });

  it.each([SCRATCH, '`tidb%`.*', '*.*'])('on %s suffice for a scratch backup', (on) => {
    const granted = privileges([`GRANT SELECT,INSERT,CREATE,DROP ON ${on} TO 's'@'%'`], true);

    expect(granted).toMatchObject(onScratch('passed'));
  });

  it.each(['`tidb\\_backup\\_check`.*', '`shop`.*', '`tidb_backup_check_%`.`t`', '`tidb.backup%`.*'])(
    'on %s do not',
    (on) => {
      const granted = privileges([`GRANT SELECT,INSERT,CREATE,DROP ON ${on} TO 's'@'%'`], true);

      expect(granted).toMatchObject(onScratch('failed'));
    },
  );
});

describe('the clock', () => {
  it.each([
    [4_000, 0, 'passed'],
    [-6_000, 0, 'warning'],
    // The network's delay may explain all of it.
    [8_000, 10_000, 'passed'],
    [16 * 60_000, 0, 'failed'],
  ])('%i ms off, measured in %i ms, is %s', (clockAheadMs, roundTripMs, status) => {
    expect(statusesOf('clock', check([answering({ clockAheadMs, roundTripMs })]))).toEqual([status]);
  });
});

describe('the GC life time', () => {
  const gc = (gcLifeTime: string, strategy?: Cluster['strategy']) =>
    of('gcLifeTime', check([answering({ gcLifeTime })], { strategy }))[0];

  it('does not matter without incremental backups', () => {
    expect(gc('10m0s')).toMatchObject({ status: 'passed' });
    expect(gc('10m0s', DAILY)).toMatchObject({ status: 'passed' });
  });

  it('must reach from the start of a window to the end of the next one', () => {
    const strategy = { ...DAILY, fullWeekdays: ['Sunday' as const] };

    expect(gc('26h0m0s', strategy)).toMatchObject({ status: 'passed' });
    expect(gc('25h59m0s', strategy)).toMatchObject({ status: 'failed', remedy: expect.stringContaining("'27h'") });
    expect(gc('25h59m0s', { ...strategy, fallbackToFull: true })).toMatchObject({ status: 'warning' });
  });

  it('is measured by the longest of the intervals', () => {
    const strategy = { ...DAILY, weekdays: ['Monday', 'Friday'], fullWeekdays: ['Friday'] } satisfies typeof DAILY;

    expect(gc('74h0m0s', strategy)).toMatchObject({ status: 'passed' });
    expect(gc('73h0m0s', strategy)).toMatchObject({ status: 'failed' });
  });
});
