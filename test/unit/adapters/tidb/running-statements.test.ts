import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { runningStatements } from '../../../../functions/adapters/tidb/running-statements.ts';

const MARK = { kind: 'RESTORE', backupId: 'backup-1' } as const;
const SERVERS = [
  { DDL_ID: 'id-0', IP: 'tidb-0', STATUS_PORT: 10080 },
  { DDL_ID: 'id-1', IP: 'fd00::1', STATUS_PORT: '10080' },
];
const [FIRST, SECOND] = ['tidb-0:10080', '[fd00::1]:10080'];

interface Answers {
  processes?: string[];
  warnings?: string[];
  servers?: object[];
  answering?: string[];
}

/** The result for a cluster that shows no statement of ours. */
function look({ processes = [], warnings = [], servers = SERVERS, answering = [] }: Answers) {
  const query = async (sql: string) => {
    const rows = sql.includes('cluster_processlist')
      ? processes.map((INSTANCE) => ({ INSTANCE, ID: '7', INFO: null }))
      : sql.startsWith('SHOW WARNINGS')
        ? warnings.map((Message) => ({ Level: 'Warning', Code: 9002, Message }))
        : sql.includes('tidb_servers_info')
          ? servers
          : answering.map((INSTANCE) => ({ INSTANCE }));
    return rows as unknown as RowDataPacket[];
  };
  return runningStatements(query, [MARK]);
}

describe('an empty list of running statements', () => {
  it.each([
    ['every server has listed a process', { processes: [FIRST, SECOND, FIRST] }],
    ['a server without a process has answered', { processes: [FIRST], answering: [FIRST, SECOND] }],
    [
      'the server that does not answer is no longer listed',
      { processes: [FIRST], servers: SERVERS.slice(0, 1), warnings: [`address is ${SECOND}`] },
    ],
    [
      'TiDB names its servers by id, and all have answered',
      {
        processes: ['id-0'],
        answering: ['id-0', 'id-1'],
        servers: SERVERS.map((server) => ({ ...server, IP: null })),
      },
    ],
  ] satisfies [string, Answers][])('means that none is running if %s', async (_why, answers) => {
    await expect(look(answers)).resolves.toEqual([]);
  });

  it.each([
    ['is missing from the process list and does not answer', { processes: [FIRST], answering: [FIRST] }, SECOND],
    [
      'answered only after the process list',
      { processes: [FIRST], answering: [FIRST, SECOND], warnings: [`TiDB server timeout, address is ${SECOND}`] },
      SECOND,
    ],
    [
      'is missing from the process list beside an unclear warning',
      { processes: [FIRST], answering: [FIRST, SECOND], warnings: ['rpc error'] },
      SECOND,
    ],
    [
      'does not answer under its id',
      { processes: ['id-0'], answering: ['id-0'], servers: SERVERS.map((server) => ({ ...server, IP: null })) },
      'id-1',
    ],
    [
      'is the only one, and does not answer',
      { servers: SERVERS.slice(0, 1), warnings: [`address is ${FIRST}`] },
      FIRST,
    ],
  ] satisfies [string, Answers, string | undefined][])('means nothing if a server %s', async (_why, answers, named) => {
    await expect(look(answers)).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: `RESTORE may run on a TiDB server that does not answer the others: "${named}"`,
    });
  });
});

it('without a marker, no server is asked', async () => {
  expect(await runningStatements(() => expect.unreachable('TiDB is asked'), [])).toEqual([]);
});
