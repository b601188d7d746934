import { describe, expect, it } from 'vitest';
import { privilegesOf } from '../../../../functions/adapters/tidb/grants.ts';

describe('the privileges of an account', () => {
  it('are those granted globally, static and dynamic', () => {
    const { has } = privilegesOf([
      "GRANT SELECT,PROCESS ON *.* TO 'backup'@'%' WITH GRANT OPTION",
      "GRANT INSERT ON `shop`.* TO 'backup'@'%'",
      "GRANT 'operators'@'%' TO 'backup'@'%'",
      "GRANT BACKUP_ADMIN,RESTORE_ADMIN ON *.* TO 'backup'@'%'",
    ]);

    expect((['SELECT', 'PROCESS', 'BACKUP_ADMIN', 'RESTORE_ADMIN'] as const).every(has)).toBe(true);
    expect((['INSERT', 'SUPER', 'CONNECTION_ADMIN'] as const).some(has)).toBe(false);
  });

  it('are all of them with ALL PRIVILEGES', () => {
    const { has } = privilegesOf(["GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION"]);

    expect((['SELECT', 'PROCESS', 'SUPER', 'BACKUP_ADMIN'] as const).every(has)).toBe(true);
  });

  it('include the dynamic ones with SUPER, which stands in only for them', () => {
    const { has } = privilegesOf(["GRANT SUPER ON *.* TO 'u'@'%'"]);

    expect(has('BACKUP_ADMIN')).toBe(true);
    expect(has('PROCESS')).toBe(false);
  });

  it('ignore grants on a database or table whose name looks like a grant', () => {
    const { has } = privilegesOf([
      "GRANT USAGE ON *.* TO 'u'@'%'",
      "GRANT PROCESS ON `a ON *.* TO `.* TO 'u'@'%'",
      "GRANT ALL PRIVILEGES ON `shop`.* TO 'u'@'%'",
    ]);

    expect(has('PROCESS')).toBe(false);
  });

  it('may be separated by spaces', () => {
    const { has } = privilegesOf(["GRANT select, PROCESS ON *.* TO 'u'@'%'"]);

    expect((['SELECT', 'PROCESS'] as const).every(has)).toBe(true);
  });

  it.each([
    ['shop', 'shop', true],
    ['shop', 'SHOP', true],
    ['shop', 'shop2', false],
    ['shop%', 'shop2', true],
    ['sho_', 'shop', true],
    ['sho_', 'sho', false],
    ['sho\\_', 'sho_', true],
    ['sho\\_', 'shop', false],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
    ['a(b', 'a(b', true],
    ['a``b', 'a`b', true],
    ['a%', 'a\nb', true],
  ])('granted on %j hold on %j: %s', (pattern, database, holds) => {
    const { has, hasOn } = privilegesOf([`GRANT SELECT ON \`${pattern}\`.* TO 'u'@'%'`]);

    expect(hasOn('SELECT', database)).toBe(holds);
    expect(has('SELECT')).toBe(false);
  });
});
