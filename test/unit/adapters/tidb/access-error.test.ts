import { describe, expect, it } from 'vitest';
import { accessFailure } from '../../../../functions/adapters/tidb/access-error.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';

describe('what TiDB denies', () => {
  it.each([
    [
      1227,
      'Access denied; you need (at least one of) the SUPER or BACKUP_ADMIN privilege(s) for this operation',
      'SUPER or BACKUP_ADMIN',
    ],
    [1142, "SELECT command denied to user 'backup'@'%' for table 'orders'", 'SELECT'],
    [1044, "Access denied for user 'backup'@'%' to database 'shop'", 'a privilege on the database'],
    [8121, "privilege check for 'Super' fail", 'SUPER'],
  ])('names the missing privilege of error %i', (errno, message, privilege) => {
    expect(accessFailure(new TidbError(message, 'ER_UNKNOWN', errno))).toMatchObject({
      name: 'TidbAccessDenied',
      message: `the cluster's account must have ${privilege}: TiDB error ${errno}: ${message}`,
    });
  });

  it.each([
    [1820, 'You must reset your password using ALTER USER statement before executing this statement', 'has expired'],
    [1251, 'Client does not support authentication protocol requested by server', 'mysql_native_password'],
  ])('says what to do about error %i', (errno, message, remedy) => {
    const failure = accessFailure(new TidbError(message, 'ER_UNKNOWN', errno), 'tidb-0:4000');

    expect(failure?.name).toBe('TidbAccessDenied');
    expect(failure?.message).toContain(`tidb-0:4000 refuses the cluster's account: TiDB error ${errno}: ${message}; `);
    expect(failure?.message).toContain(remedy);
  });

  it('includes an authentication plugin that the service does not have', () => {
    const error = new TidbError('unknown plugin tidb_sm3_password', 'AUTH_SWITCH_PLUGIN_ERROR', undefined);

    expect(accessFailure(error)).toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringContaining('mysql_native_password or caching_sha2_password'),
    });
  });

  it.each([
    new TidbError("Table 'shop.orders' doesn't exist", 'ER_NO_SUCH_TABLE', 1146),
    new TidbError('read ECONNRESET', 'ECONNRESET', undefined),
  ])('is not what ends in $code', (error) => {
    expect(accessFailure(error)).toBeUndefined();
  });
});
