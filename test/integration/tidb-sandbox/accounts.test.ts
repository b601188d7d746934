import { expect, it } from 'vitest';
import { EngineWorld } from './engine-world.ts';

it('a wrong password, user or database is refused as TiDB does', async () => {
  const world = await EngineWorld.start();

  await expect(world.connect({ password: 'wrong' })).rejects.toMatchObject({
    errno: 1045,
    message: "Access denied for user 'root'@'127.0.0.1' (using password: YES)",
  });
  await expect(world.connect({ user: 'nobody', password: '' })).rejects.toMatchObject({
    errno: 1045,
    message: "Access denied for user 'nobody'@'127.0.0.1' (using password: NO)",
  });
  await expect(world.connect({ database: 'nowhere' })).rejects.toMatchObject({ errno: 1049 });
});

it.each(["it's", 'a"b', 'back\\slash', 'p&+%#', 'пароль 🚀', ''])('the password %j works', async (password) => {
  const world = await EngineWorld.start({ password });

  expect(await (await world.connect({ password })).value('SELECT USER()')).toBe('root@127.0.0.1');
});

it('an account may do only what was granted', async () => {
  const world = await EngineWorld.start();
  const root = await world.connectTo('shop');
  await root.run(
    'CREATE TABLE t (id INT PRIMARY KEY)',
    'CREATE TABLE secret (id INT PRIMARY KEY)',
    'CREATE DATABASE hidden',
    "CREATE USER 'clerk'@'%' IDENTIFIED BY 'c'",
    "GRANT SELECT, INSERT ON shop.t TO 'clerk'@'%'",
  );
  const clerk = await world.connect({ user: 'clerk', password: 'c', database: 'shop' });

  await clerk.run('INSERT INTO t VALUES (1)');
  expect(await clerk.rows('SELECT * FROM t')).toEqual([[1]]);
  expect(await clerk.refusal('DELETE FROM t')).toMatchObject({
    errno: 1142,
    message: "DELETE command denied to user 'clerk'@'%' for table 't'",
  });
  expect(await clerk.refusal('SELECT * FROM secret')).toMatchObject({ errno: 1142 });
  expect(await clerk.refusal('USE hidden')).toMatchObject({ errno: 1044 });
  expect(await clerk.refusal('CREATE DATABASE mine')).toMatchObject({ errno: 1044 });
  expect(await clerk.refusal('CREATE USER x')).toMatchObject({ errno: 1227 });
  expect(await clerk.refusal("SET GLOBAL tidb_gc_life_time = '1h'")).toMatchObject({ errno: 1227 });
  expect(await clerk.rows('SHOW TABLES')).toEqual([['t']]);
  expect(await clerk.rows('SHOW DATABASES')).toEqual([['INFORMATION_SCHEMA'], ['shop']]);
  expect(await clerk.rows('SHOW GRANTS')).toEqual([
    ["GRANT USAGE ON *.* TO 'clerk'@'%'"],
    ["GRANT SELECT,INSERT ON `shop`.`t` TO 'clerk'@'%'"],
  ]);
  await root.run('REVOKE INSERT ON shop.t FROM clerk');
  expect(await clerk.refusal('INSERT INTO t VALUES (2)')).toMatchObject({ errno: 1142 });
});

it('a grant on a whole database applies to all whose names match its pattern', async () => {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run(
    'CREATE DATABASE my_shop',
    'CREATE DATABASE myxshop',
    "CREATE USER loose IDENTIFIED BY 'l'",
    'GRANT CREATE ON `my_shop`.* TO loose',
    "CREATE USER strict IDENTIFIED BY 's'",
    'GRANT CREATE, DROP ON `my\\_shop%`.* TO strict',
  );
  const loose = await world.connect({ user: 'loose', password: 'l' });
  const strict = await world.connect({ user: 'strict', password: 's' });

  await loose.run('CREATE TABLE myxshop.t (id INT PRIMARY KEY)');
  expect(await strict.refusal('CREATE TABLE myxshop.u (id INT PRIMARY KEY)')).toMatchObject({ errno: 1142 });
  await strict.run(
    'CREATE TABLE my_shop.t (id INT PRIMARY KEY)',
    'CREATE DATABASE my_shop_2',
    'DROP DATABASE my_shop_2',
  );
  expect(await strict.refusal('CREATE DATABASE shop')).toMatchObject({ errno: 1044 });
  expect(await strict.rows('SHOW GRANTS')).toContainEqual(["GRANT CREATE,DROP ON `my\\_shop%`.* TO 'strict'@'%'"]);
});

it('BACKUP and RESTORE need their privilege or SUPER', async () => {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run("CREATE USER operator IDENTIFIED BY 'o'");
  const operator = await world.connect({ user: 'operator', password: 'o' });

  expect(await operator.refusal("BACKUP DATABASE * TO 'local:///x'")).toMatchObject({
    errno: 1227,
    sqlState: '42000',
    message: 'Access denied; you need (at least one of) the SUPER or BACKUP_ADMIN privilege(s) for this operation',
  });
  await root.run('GRANT BACKUP_ADMIN, RESTORE_ADMIN ON *.* TO operator');
  expect(await operator.rows('SHOW BACKUPS')).toEqual([]);
  expect(await operator.rows('SHOW GRANTS')).toEqual([
    ["GRANT USAGE ON *.* TO 'operator'@'%'"],
    ["GRANT BACKUP_ADMIN,RESTORE_ADMIN ON *.* TO 'operator'@'%'"],
  ]);
  expect(await root.refusal('GRANT BACKUP_ADMIN ON shop.* TO operator')).toMatchObject({ errno: 3619 });
});

it('sees and kills only its own sessions without PROCESS and CONNECTION_ADMIN', async () => {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run("CREATE USER clerk IDENTIFIED BY 'c'");
  const clerk = await world.connect({ user: 'clerk', password: 'c' });
  const id = await root.connectionId();

  expect((await clerk.objects('SHOW PROCESSLIST')).map((process) => process.User)).toEqual(['clerk']);
  expect(await clerk.refusal(`KILL TIDB QUERY ${id}`)).toMatchObject({
    errno: 1227,
    message: 'Access denied; you need (at least one of) the SUPER or CONNECTION_ADMIN privilege(s) for this operation',
  });
  await root.run('GRANT PROCESS, CONNECTION_ADMIN ON *.* TO clerk');
  expect(await clerk.rows('SHOW PROCESSLIST')).toHaveLength(2);
  await clerk.run(`KILL TIDB QUERY ${id}`);
});

it('passwords are changed and accounts dropped, and doing it twice is an error', async () => {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run(
    "CREATE USER IF NOT EXISTS u@localhost IDENTIFIED WITH mysql_native_password BY 'old'",
    "ALTER USER u@localhost IDENTIFIED BY 'new'",
  );

  await expect(world.connect({ user: 'u', password: 'old' })).rejects.toMatchObject({ errno: 1045 });
  expect(await (await world.connect({ user: 'u', password: 'new' })).value('SELECT CURRENT_USER()')).toBe(
    'u@localhost',
  );
  expect(await root.refusal('CREATE USER u@localhost')).toMatchObject({ errno: 1396 });
  await root.run('DROP USER u@localhost');
  expect(await root.refusal('DROP USER u@localhost')).toMatchObject({ errno: 1396 });
  expect(await root.refusal('SHOW GRANTS FOR u@localhost')).toMatchObject({ errno: 1141 });
  await expect(world.connect({ user: 'u', password: 'new' })).rejects.toMatchObject({ errno: 1045 });
});
