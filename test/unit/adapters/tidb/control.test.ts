import { describe, expect, it } from 'vitest';
import { createControl } from '../../../../functions/adapters/tidb/control.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { scriptedConnection } from '../../../support/scripted-connection.ts';

const OWN_ID = [/CONNECTION_ID\(\) AS/, [{ connectionId: '1' }]] as const;
const PROCESS = [/^SHOW GRANTS/, [{ grant: 'GRANT PROCESS ON *.* TO u' }]] as const;

function prepare(...script: Parameters<typeof scriptedConnection>[0]) {
  const { connection, statements, timeouts } = scriptedConnection([...script, OWN_ID, PROCESS]);
  return {
    control: createControl({ open: async () => connection, storageKeys: async () => undefined }),
    statements,
    timeouts,
  };
}

describe('disconnect', () => {
  const session = { ID: '7', USER: 'backup', COMMAND: 'Sleep', account: 'backup@%' };

  it.each([
    ['ends an idle connection of the same account', [session], true],
    ['leaves a connection that is running a statement', [{ ...session, COMMAND: 'Query' }], false],
    ['leaves a connection of another account', [{ ...session, USER: 'app' }], false],
    ['leaves a connection of an account whose name starts with it', [{ ...session, USER: 'back' }], false],
    ['does nothing if the connection has ended', [], false],
  ])('%s', async (_, rows, kills) => {
    const { control, statements } = prepare([/cluster_processlist/, rows]);

    await control.disconnect('7');

    expect(statements.filter((sql) => sql.startsWith('KILL'))).toEqual(kills ? ['KILL TIDB CONNECTION 7'] : []);
  });

  it('ends ours if another server has the same id for a foreign session', async () => {
    const { control, statements } = prepare([/cluster_processlist/, [{ ...session, USER: 'app' }, session]]);

    await control.disconnect('7');

    expect(statements).toContain('KILL TIDB CONNECTION 7');
  });
});

describe('measure', () => {
  const measure = (nodes: object[], tables: object[] = []) =>
    prepare([/cluster_info/, nodes], [/DATA_LENGTH/, tables]).control.measure();

  it.each([
    ['8.5.0', 8],
    ['v7.1.2-alpha', 7],
    ['8', undefined],
    ['None', undefined],
    ['', undefined],
  ])('reads the major version from %j', async (VERSION, tidbMajor) => {
    expect(await measure([{ TYPE: 'tidb', VERSION }])).toMatchObject({ tidbMajor });
  });

  it('returns no version if no TiDB is listed', async () => {
    expect(await measure([{ TYPE: 'pd', VERSION: '8.5.0' }])).toEqual({
      tables: [],
      tikvNodes: 0,
      tidbMajor: undefined,
    });
  });

  it('counts the TiKV nodes, and the data and indexes of user tables', async () => {
    const nodes = ['tidb', 'pd', 'tikv', 'tikv', 'tiflash'].map((TYPE) => ({ TYPE, VERSION: '8.5.0' }));
    const table = (TABLE_SCHEMA: string, DATA_LENGTH: string | null, INDEX_LENGTH: string | null) => ({
      ...{ TABLE_SCHEMA, TABLE_NAME: 't', DATA_LENGTH, INDEX_LENGTH },
    });

    expect(
      await measure(nodes, [
        table('shop', '9007199254740993', '2'),
        table('crm', null, null),
        table('mysql', '5', '5'),
      ]),
    ).toEqual({
      tables: [
        { database: 'shop', table: 't', bytes: '9007199254740995' },
        { database: 'crm', table: 't', bytes: '0' },
      ],
      tikvNodes: 2,
      tidbMajor: 8,
    });
  });
});

describe('a listing', () => {
  it('leaves out system databases', async () => {
    const { control } = prepare(
      [
        /information_schema\.tables/,
        [
          { TABLE_SCHEMA: 'mysql', TABLE_NAME: 'user' },
          { TABLE_SCHEMA: 'shop', TABLE_NAME: 'a' },
        ],
      ],
      [/schemata/, ['INFORMATION_SCHEMA', 'shop', 'test'].map((SCHEMA_NAME) => ({ SCHEMA_NAME }))],
    );

    expect(await control.userTables()).toEqual([{ database: 'shop', table: 'a' }]);
    expect(await control.userDatabases()).toEqual(['shop', 'test']);
  });

  it.each(['userTables', 'userDatabases', 'restoreLeftovers'] as const)('%s requires PROCESS', async (list) => {
    const { control, statements } = prepare([/^SHOW GRANTS/, [{ grant: 'GRANT SELECT ON *.* TO u' }]]);

    await expect(control[list]()).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringContaining('must have PROCESS'),
    });
    expect(statements).toEqual(['SHOW GRANTS']);
  });
});

describe('ddlSince', () => {
  it('says that the history is unreadable if the account may not read it', async () => {
    const denied = new TidbError('SELECT command denied', 'ER_TABLEACCESS_DENIED_ERROR', 1142);
    const { control } = prepare([/tidb_current_ts/, [{ tso: '450' }]], [/ddl_jobs/, denied]);

    await expect(control.ddlSince('449')).rejects.toMatchObject({
      name: 'DdlHistoryUnreadable',
      message: expect.stringMatching(/^the schema changes since the base cannot be read: /),
    });
  });

  it('passes on that the connection to TiDB was lost', async () => {
    const lost = new TidbError('read ECONNRESET', 'ECONNRESET', undefined);
    const { control } = prepare([/^SHOW GRANTS/, lost]);

    await expect(control.ddlSince('449')).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });
});

it('opens another connection after losing one', async () => {
  const broken = scriptedConnection([[/./, new TidbError('read ECONNRESET', 'ECONNRESET', undefined)]]);
  const working = scriptedConnection([[/^SHOW GRANTS/, [{ grant: 'GRANT PROCESS ON *.* TO u' }]]]);
  let opened = 0;
  const control = createControl({
    first: broken.connection,
    open: async () => {
      opened += 1;
      return working.connection;
    },
    storageKeys: async () => undefined,
  });

  await expect(control.privileges()).rejects.toMatchObject({ name: 'TidbUnreachable' });
  expect((await control.privileges()).has('PROCESS')).toBe(true);
  expect(opened).toBe(1);
});
