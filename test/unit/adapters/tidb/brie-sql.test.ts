import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brieSql, type StatementOptions, showBackupMetadataSql } from '../../../../functions/adapters/tidb/brie-sql.ts';
import type { StorageKeys } from '../../../../functions/adapters/tidb/storage-url.ts';
import { formatTableName } from '../../../../functions/domain/backup/backup-scope.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { parseBrie } from '../../../../infra/local/tidb-sandbox/brie/parser.ts';
import type { BrieJobStatement } from '../../../../infra/local/tidb-sandbox/brie/statement.ts';
import { locate, parseStorageUrl } from '../../../../infra/local/tidb-sandbox/brie/storage-url.ts';
import { StatementCursor } from '../../../../infra/local/tidb-sandbox/sql/statement-cursor.ts';
import { parseTidbVersion } from '../../../../infra/local/tidb-sandbox/tidb-version.ts';

const S3 = {
  type: 's3',
  bucket: 'backups',
  prefix: 'tidb/cluster-1/backup-1/attempt-1',
} as const satisfies StorageLocation;
const AWKWARD = `a+b&c#d%e'f"g\\h?i=j;k l*m(n)o!p,q\`r/..é😀%2B`;

describe('BACKUP and RESTORE', () => {
  it('hold nothing but the path without keys, and let TiKV use its own role', () => {
    expect(brieSql('BACKUP', { location: S3, limits: {} })).toBe(
      "BACKUP DATABASE * TO 's3://backups/tidb/cluster-1/backup-1/attempt-1' SEND_CREDENTIALS_TO_TIKV = FALSE",
    );
  });

  it('carry the limits of the configuration', () => {
    const job = parsedJob(brieSql('RESTORE', { location: S3, limits: { rateLimit: 100, concurrency: 8 } }));

    expect(job.options).toContainEqual({ kind: 'rateLimit', mebibytesPerSecond: 100n });
    expect(job.options).toContainEqual({ kind: 'integer', name: 'CONCURRENCY', value: 8n });
  });

  it('name the request that they serve in a comment, which does not change the statement', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_.=-]{1,64}$/), (correlationId) => {
        const sql = brieSql('BACKUP', { location: S3, limits: { concurrency: 8 }, correlationId });

        expect(sql).toContain(`BACKUP /* correlation-id=${correlationId} */ DATABASE`);
        expect(parsedJob(sql)).toEqual(parsedJob(brieSql('BACKUP', { location: S3, limits: { concurrency: 8 } })));
      }),
    );
  });

  it.each(['*/ DROP DATABASE shop; /*', 'a*/b', '!40000 x', "a'b", 'a\nb', '', 'a'.repeat(65)])(
    'are not sent with %j in a comment',
    (correlationId) => {
      expect(() => brieSql('RESTORE', { location: S3, limits: {}, correlationId })).toThrow('must be 1 to 64 letters');
    },
  );

  it('write to a mounted file system by path', () => {
    const sql = brieSql('BACKUP', { location: { type: 'nfs', path: '/mnt/tidb backups/x' }, limits: {} });

    expect(sql).toBe("BACKUP DATABASE * TO 'local:///mnt/tidb%20backups/x'");
  });

  it.each(['BACKUP', 'RESTORE'] as const)('%s: TiDB parses exactly what was put into the statement', (kind) => {
    fc.assert(
      fc.property(path, key, key, key, (prefix, accessKey, secretAccessKey, sessionToken) => {
        const location: StorageLocation = {
          ...({ type: 's3', bucket: 'backups', prefix, endpoint: 'http://store:9000/x' } as const),
          ...{ region: 'eu-west-1', provider: 'ceph' },
        };
        const keys = { accessKey, secretAccessKey, sessionToken };
        const job = parsedJob(brieSql(kind, { location, keys, limits: {} }));

        expect(job).toMatchObject({ kind, scope: { kind: 'everything' }, options: [] });
        expect(locate(parseStorageUrl(job.url))).toMatchObject({
          bucket: 'backups',
          prefix,
          endpoint: 'http://store:9000/x',
          region: 'eu-west-1',
          provider: 'ceph',
          credentials: { accessKeyId: accessKey, secretAccessKey, sessionToken },
        });
      }),
    );
  });

  it('address a store with its own endpoint by path, even where TiDB would not', () => {
    const location: StorageLocation = { type: 's3', bucket: 'backups', prefix: 'b', endpoint: 'http://store:9000' };
    const [, url = ''] = /'(.*)'/.exec(showBackupMetadataSql({ location })) ?? [];

    expect(locate(parseStorageUrl(url), { pathStyle: false })).toHaveProperty('forcePathStyle', true);
    expect(showBackupMetadataSql({ location: S3 })).not.toContain('force-path-style');
  });

  it.each(['BACKUP', 'RESTORE'] as const)(
    '%s: names only the databases or tables of its scope, whatever they contain',
    (kind) => {
      fc.assert(
        fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (databases) => {
          const job = parsedJob(brieSql(kind, { location: S3, limits: {}, scope: { databases } }));

          expect(job.scope).toEqual({ kind: 'databases', names: databases });
        }),
      );
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.record({ database: name, table: name }), { minLength: 1, maxLength: 5 }),
          (tables) => {
            const scope = { tables: tables.map(formatTableName) };
            const job = parsedJob(brieSql(kind, { location: S3, limits: {}, scope }));

            const names = tables.map(({ database, table }) => ({ database, name: table }));
            expect(job.scope).toEqual({ kind: 'tables', tables: names });
            expect(locate(parseStorageUrl(job.url))).toMatchObject({ prefix: S3.prefix });
          },
        ),
      );
    },
  );

  it('name the snapshot that they build on, and their own', () => {
    const interval = { lastBackup: '18446744073709551614', snapshot: '18446744073709551615' };
    const job = parsedJob(brieSql('BACKUP', { location: S3, limits: {}, interval }));

    expect(job.options).toContainEqual({ kind: 'timestamp', name: 'LAST_BACKUP', at: BigInt(interval.lastBackup) });
    expect(job.options).toContainEqual({ kind: 'timestamp', name: 'SNAPSHOT', at: BigInt(interval.snapshot) });
    for (const name of ['lastBackup', 'snapshot'] as const) {
      const hostile = { ...interval, [name]: '1; SHUTDOWN' };
      expect(() => brieSql('BACKUP', { location: S3, limits: {}, interval: hostile })).toThrow();
    }
  });

  it('reads back the same directory of a file system', () => {
    fc.assert(
      fc.property(path, (directory) => {
        const job = parsedJob(brieSql('BACKUP', { location: { type: 'nfs', path: `/${directory}` }, limits: {} }));

        expect(locate(parseStorageUrl(job.url))).toEqual({ kind: 'local', directory: `/${directory}` });
      }),
    );
  });

  it('the literal needs no escapes, so that every sql_mode reads it alike', () => {
    fc.assert(
      fc.property(path, key, (prefix, secret) => {
        const keys: StorageKeys = { accessKey: secret, secretAccessKey: secret };
        const sql = showBackupMetadataSql({ location: { ...S3, prefix }, keys });

        expect(sql).toMatch(/^SHOW BACKUP METADATA FROM '[A-Za-z0-9:/._~?=&%-]*'$/);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %d', (concurrency) => {
    const options: StatementOptions = { location: S3, limits: { concurrency } };

    expect(() => brieSql('BACKUP', options)).toThrow(RangeError);
  });
});

/** Text as in a path or a key, often with difficult characters. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...AWKWARD.replaceAll('/', '').replaceAll('.', '')), minLength: 1 }),
  fc.string({ unit: 'grapheme', minLength: 1 }),
);
/** As TiDB accepts it: no NUL, and no blank at the end. */
const name = text.map((given) => `${given.replaceAll('\0', '')}x`);
const key = text;
const path = fc
  .array(
    text.map((part) => part.replaceAll('/', '_')).filter((part) => part !== '.' && part !== '..'),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('/'));

function parsedJob(sql: string): BrieJobStatement {
  const statement = parseBrie(new StatementCursor(sql), parseTidbVersion('8.5'));
  if (statement?.kind !== 'BACKUP' && statement?.kind !== 'RESTORE') throw new Error(`not a job: ${sql}`);
  return statement;
}
