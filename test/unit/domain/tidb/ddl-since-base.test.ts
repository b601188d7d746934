import { describe, expect, test } from 'vitest';
import type { BackupScope, TableName } from '../../../../functions/domain/backup/backup-scope.ts';
import { ddlObstacles } from '../../../../functions/domain/tidb/ddl-since-base.ts';
import type { DdlJob } from '../../../../functions/domain/tidb/ddl-tables.ts';
import type { TidbVersion } from '../../../../functions/domain/tidb/tidb-version.ts';

const V8_2 = { major: 8, minor: 2, patch: 0 };
const V8_3 = { major: 8, minor: 3, patch: 0 };

/** `add index shop.orders #7`: type, name and id of the table. */
function job(text: string, change: Partial<DdlJob> = {}): DdlJob {
  const [, type = '', database = '', table = '', tableId = '0'] =
    /^(.+?) (\w+)(?:\.([\w,]+))?(?: #(\d+))?$/.exec(text) ?? [];
  return { type, database, table, tableId, byRestore: false, mayPrecedeBase: false, dropsOthers: false, ...change };
}

function obstacles(
  jobs: readonly (string | DdlJob)[],
  {
    scope,
    version = V8_3,
    former = {},
  }: { scope?: BackupScope; version?: TidbVersion; former?: Record<string, TableName> } = {},
): string[] {
  const since = {
    jobs: jobs.map((each) => (typeof each === 'string' ? job(each) : each)),
    formerNames: new Map(Object.entries(former)),
  };
  return ddlObstacles(since, scope, version);
}

const shop = { databases: ['shop'] };

describe('DDL since the base of an incremental backup', () => {
  test.each([
    ['nothing', []],
    ['a new table', ['create table shop.a #1', 'add column shop.a #1']],
    ['a new database', ['create schema shop', 'create table shop.a #1']],
    ['a column', ['add column shop.a #1', 'drop column shop.a #1']],
    ['a dropped index', ['drop index shop.a #1']],
    ['a rename', ['rename table shop.b #1']],
    ['tables that swap names', ['rename table shop.x #1', 'rename table shop.a #2', 'rename table shop.b #1']],
    ['a truncated table', ['truncate table shop.a #1', 'add column shop.a #2', 'truncate table shop.a #2']],
    ['partitions', ['add partition shop.a #1', 'exchange partition shop.a #2', 'drop partition shop.a #1']],
    ['a table that was dropped and created again', ['drop table shop.a #1', 'create table shop.a #2']],
    ['a table that another one replaces', ['drop table shop.a #1', 'rename table shop.a #2']],
    ['a table that was created and dropped', ['create table shop.a #1', 'add index shop.a #1', 'drop table shop.a #1']],
    ['a database that was created and dropped', ['create schema shop', 'create table shop.a #1', 'drop schema shop']],
    [
      'a database that was dropped and created again',
      ['drop schema shop', 'create schema shop', 'create table shop.b #2'],
    ],
    [
      'a table whose database was later dropped and created again',
      ['drop table Shop.a #1', 'drop schema shop', 'create schema shop', 'create table shop.b #2'],
    ],
    [
      'a table that takes the former name of another',
      ['create table shop.a #1', 'rename table shop.b #1', 'create table shop.a #2'],
    ],
    [
      'a scratch database that is backed up and restored by a check',
      [
        ...['create schema scratch', 'create table scratch.t #1', 'drop schema scratch'],
        ...['create schema scratch', 'create tables scratch.t #2', 'drop schema scratch'],
      ],
    ],
    ['a view that is replaced', ['create view shop.v #1', 'create view shop.v #2', 'create view shop.v #3']],
    ['TiFlash replicas', ['set tiflash replica shop.a #1', 'update tiflash replica status shop.a #1']],
    ['system databases', ['drop table mysql.a #1', 'drop schema __tidb_br_temporary_mysql']],
  ])('is no obstacle: %s', (_, jobs) => {
    expect(obstacles(jobs)).toEqual([]);
  });

  test.each([
    ['drop table shop.a #1', /^drop table "shop.a": a restore would not repeat it$/],
    ['drop view shop.a #1', /^drop view "shop.a": a restore would not repeat it$/],
    ['drop schema shop', /^drop schema "shop": a restore would not repeat it$/],
    ['rename tables shop.a,b #1', /^rename tables "shop.a,b": .*several tables were renamed at once$/],
    ['create tables shop.a,b', /^create tables "shop.a,b": .*older than the base/],
    ['add index shop.a #1', /^add index "shop.a": from TiDB 8.3 on/],
    ['add index /* ingest */ shop.a #1', /^add index "shop.a": /],
    ['add index /* subjob */ /* txn-merge */ shop.a #1', /^add index "shop.a": /],
    ['modify column shop.a #1', /^modify column "shop.a": from TiDB 8.3 on/],
    ['alter table reorganize partition shop.a #1', /^alter table reorganize partition "shop.a": from TiDB 8.3 on/],
    ['recover table shop.a #1', /it is unknown whether a restore can repeat it$/],
    ['flashback schema shop', /it is unknown whether a restore can repeat it$/],
    ['constructor shop.a #1', /^constructor "shop.a": .* is unknown whether .*/],
  ])('is an obstacle: %s', (text, expected) => {
    expect(obstacles([text])).toEqual([expect.stringMatching(expected)]);
  });

  test('is an obstacle in the whole cluster even if it concerns none of its databases', () => {
    const flashback = { ...job('x shop'), type: 'flashback cluster', database: '' };
    expect(obstacles([flashback], { scope: shop })).toHaveLength(1);
  });

  test.each<[string, BackupScope, number]>([
    ['one of the databases', { databases: ['crm', 'Shop'] }, 1],
    ['a database that holds one of the tables', { tables: ['crm.x', 'Shop.y'] }, 1],
    ['a database outside the scope', { databases: ['crm'] }, 0],
  ])('judges a database job by the scope: %s', (_, scope, expected) => {
    expect(obstacles(['flashback schema shop'], { scope })).toHaveLength(expected);
  });

  test.each(['add index', 'modify column', 'alter table reorganize partition'])(
    'is repeated up to TiDB 8.2, and refused for an unknown release: %s',
    (kind) => {
      expect(obstacles([`${kind} shop.a #1`], { version: V8_2 })).toEqual([]);
      expect(
        ddlObstacles({ jobs: [job(`${kind} shop.a #1`)], formerNames: new Map() }, undefined, undefined),
      ).toHaveLength(1);
    },
  );

  test.each(['drop table shop.a #1', 'drop schema shop', 'rename tables shop.a,b #1', 'drop view shop.a #1'])(
    'is an obstacle up to TiDB 8.2 too: %s',
    (text) => {
      expect(obstacles([text], { version: V8_2 })).toHaveLength(1);
    },
  );

  test('is an obstacle as a whole if a database is created again without a table', () => {
    expect(obstacles(['drop schema shop', 'create schema shop'])).toEqual([
      expect.stringMatching(/^drop schema "shop"/),
    ]);
  });

  test('is an obstacle if a table was restored and still exists, one by one or in a batch', () => {
    expect(obstacles([job('create table shop.a #1', { byRestore: true })])).toHaveLength(1);
    expect(obstacles(['create tables shop.a,b', 'drop table shop.a #1'])).toHaveLength(1);
    expect(obstacles(['create tables shop.a,b', 'drop table shop.a #1', 'drop table shop.b #2'])).toEqual([]);
    expect(
      obstacles(['create tables shop.a', 'rename table shop.b #1'], {
        former: { 1: { database: 'shop', table: 'a' } },
      }),
    ).toEqual([]);
  });

  test('does not count outside the scope', () => {
    const elsewhere = [
      'drop table other.a #1',
      'add index other.b #2',
      'drop schema other',
      'rename tables other.c,d #3',
    ];
    const former = { 3: { database: 'other', table: 'x' } };
    expect(obstacles(elsewhere, { scope: shop, former })).toEqual([]);
    expect(obstacles([job('create table other.a #1', { byRestore: true })], { scope: shop })).toEqual([]);
    expect(obstacles(['drop table shop.a #1'], { scope: { tables: ['shop.b'] } })).toEqual([]);
    expect(obstacles(['drop table SHOP.A #1'], { scope: { tables: ['shop.a'] } })).toHaveLength(1);
  });

  test.each([
    ['stays inside', 'shop', 'shop', []],
    ['stays outside', 'other', 'other', []],
    ['leaves', 'shop', 'other', [expect.stringContaining('it left the scope')]],
    ['enters', 'other', 'shop', [expect.stringContaining('it came into the scope')]],
  ])('counts a rename that %s the scope by both names', (_, from, to, expected) => {
    const former = { 1: { database: from, table: 'a' } };
    expect(obstacles([`rename table ${to}.b #1`], { scope: shop, former })).toEqual(expected);
  });

  test('ignores a renamed table that was never in the scope, even if it is dropped later', () => {
    const former = { 1: { database: 'shop', table: 'a' } };
    const jobs = ['rename table shop.b #1', 'drop table shop.b #1'];
    expect(obstacles(jobs, { scope: { tables: ['shop.x'] }, former })).toEqual([]);
  });

  test.each<[string, string, TableName | undefined, number]>([
    ['one of the new names is inside', 'shop.x,b', { database: 'other', table: 'y' }, 1],
    ['the known former name is inside', 'other.x,y', { database: 'shop', table: 'b' }, 1],
    ['the former name is unknown', 'other.x,y', undefined, 1],
    ['no name is inside', 'other.x,y', { database: 'other', table: 'z' }, 0],
  ])('judges a rename of several tables by the scope: %s', (_, names, name, expected) => {
    const former: Record<string, TableName> = name === undefined ? {} : { 1: name };
    const scope = { tables: ['shop.b'] };
    expect(obstacles([`rename tables ${names} #1`], { scope, former })).toHaveLength(expected);
  });

  test('counts a rename with an unknown former name, if there is a scope', () => {
    expect(obstacles(['rename table other.b #1'], { scope: shop })).toHaveLength(1);
    expect(obstacles(['rename table other.b #1'])).toEqual([]);
  });

  test('counts a rename into another database, whose statement may not say from which', () => {
    const former = { 1: { database: 'shop', table: 'a' } };
    expect(obstacles(['rename table other.a #1'], { former })).toHaveLength(1);
  });

  test('counts what a restore would repeat twice', () => {
    const jobs = ['drop table shop.a #1', 'create table shop.a #2', 'rename table shop.b #2', 'create table shop.a #3'];
    expect(obstacles(jobs)).toEqual([expect.stringMatching(/^drop table "shop.a": .*for two tables/)]);
  });

  test('does not count a TRUNCATE that a restore would repeat twice, unlike other changes', () => {
    const jobs = [
      'truncate table shop.a #1',
      'add column shop.a #2',
      'rename table shop.b #2',
      'create table shop.a #3',
    ];
    expect(obstacles(jobs)).toEqual([expect.stringMatching(/^add column "shop.a": .*for two tables/)]);
  });

  test('counts a new table whose name a restore would give to an earlier one before', () => {
    const jobs = ['create table shop.a #1', 'rename table shop.b #1', 'drop table shop.b #1', 'create table shop.a #2'];
    expect(obstacles(jobs)).toEqual([expect.stringMatching(/^create table "shop.a": .*formerly had this name/)]);
  });

  test('does not excuse a change of a table by an earlier drop of its database', () => {
    const former = { 9: { database: 'other', table: 'x' } };
    const jobs = ['drop schema shop', 'create schema shop', 'create table shop.b #2'];
    expect(obstacles([...jobs, 'rename table shop.a #9', 'drop table shop.a #9'], { former })).toEqual([
      expect.stringMatching(/^rename table/),
      expect.stringMatching(/^drop table/),
    ]);
  });

  test('does not excuse a dropped table by a later drop of another database', () => {
    const others = ['drop schema crm', 'create schema crm', 'create table crm.x #2', 'create table shop.b #3'];
    expect(obstacles(['drop table shop.a #1', ...others])).toEqual([expect.stringMatching(/^drop table "shop.a"/)]);
  });

  test('does not take the drop of another table for repeated because both were restored in a batch', () => {
    const batch = ['create tables shop.a,b #1', 'drop table shop.a #1', 'drop table shop.b #2'];
    expect(obstacles(['drop table shop.b #9', ...batch, 'create table shop.a #3'])).toEqual([
      expect.stringMatching(/^drop table "shop.b": a restore would not repeat it/),
    ]);
  });

  test('reports everything else beside a dropped table', () => {
    expect(obstacles(['add index shop.a #1', 'drop table shop.b #2'])).toEqual([
      expect.stringMatching(/^add index/),
      expect.stringMatching(/^drop table/),
    ]);
  });

  test('lists unrepeated changes if no table was dropped', () => {
    const former = { 2: { database: 'shop', table: 'a' } };
    const jobs = ['add column shop.a #1', 'truncate table shop.a #1', 'rename table shop.b #2'];
    expect(obstacles(jobs, { former })).toEqual([
      expect.stringMatching(/^add column "shop.a": a restore would not repeat it/),
      expect.stringMatching(/^truncate table "shop.a": a restore would not repeat it/),
    ]);
  });

  test('treats what may already be in the base as part of it', () => {
    const early = { mayPrecedeBase: true };
    expect(obstacles([job('create table shop.a #1', early), 'drop table shop.a #1'])).toHaveLength(1);
    expect(obstacles([job('create schema shop', early), 'drop schema shop'])).toHaveLength(1);
    expect(obstacles([job('create table shop.a #1', early), 'add column shop.a #1'])).toEqual([]);
  });

  test('counts a DROP of several tables that is repeated', () => {
    const drop = (text: string) => job(text, { dropsOthers: true });
    const both = ['create table shop.a #3', 'create table shop.b #4'];
    const jobs = [drop('drop table shop.a #1'), drop('drop table shop.b #2'), ...both];
    expect(obstacles(jobs)).toEqual([
      expect.stringMatching(/^drop table "shop.a": .*for each of the tables that it dropped/),
      expect.stringMatching(/^drop table "shop.b": /),
    ]);
    const passing = [...both, drop('drop table shop.a #3'), drop('drop table shop.b #4')];
    expect(obstacles(passing)).toEqual([]);
  });

  test('reports only that a table is dropped, and everything once', () => {
    const jobs = ['add column shop.a #1', 'add index shop.a #1', 'drop table shop.a #1', 'drop table shop.a #1'];
    expect(obstacles(jobs)).toEqual([expect.stringMatching(/^drop table "shop.a"/)]);
  });

  test('does not mistake a repartitioned table for another one', () => {
    const jobs = ['alter table partition by shop.a #1', 'rename table shop.b #2'];
    expect(obstacles(jobs, { version: V8_2 })).toEqual([expect.stringMatching(/^rename table .* is unknown/)]);
  });

  test('quotes object names like input', () => {
    const odd = { ...job('drop table shop.a #1'), database: 'a\nb', table: 'x'.repeat(100) };
    expect(obstacles([odd])[0]).toMatch(/^drop table "a\\nb\.x+…": /);
  });
});
