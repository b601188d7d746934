import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import mysql from 'mysql2/promise';
import { afterEach, expect, it } from 'vitest';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]) {
  const child = spawn(process.execPath, ['infra/local/tidb-sandbox/main.ts', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function ready(
  child: ReturnType<typeof start>,
): Promise<{ host: string; ports: number[]; user: string; password: string }> {
  const [line] = await once(createInterface(child.stdout), 'line');
  expect(line).toMatch(/^READY /);
  return JSON.parse(String(line).slice('READY '.length));
}

it('prints its address, serves, and ends cleanly on SIGTERM', async () => {
  const child = start(
    '--port',
    '0',
    '--servers',
    '2',
    '--user',
    'admin',
    '--password',
    'secret',
    '--version',
    '7.1',
    '--auto-tls',
    '--old-collations',
  );
  const { host, ports, user, password } = await ready(child);
  const connection = await mysql.createConnection({
    host,
    port: ports[1] ?? 0,
    user,
    password,
    ssl: { rejectUnauthorized: false },
  });
  connection.on('error', () => undefined);

  const [rows] = await connection.query(
    "SELECT VERSION() AS version, VARIABLE_VALUE AS collations FROM mysql.tidb WHERE VARIABLE_NAME = 'new_collation_enabled'",
  );
  child.kill('SIGTERM');

  expect(rows).toEqual([{ version: '8.0.11-TiDB-v7.1.0-sandbox', collations: 'False' }]);
  expect(await once(child, 'exit')).toEqual([0, null]);
  connection.destroy();
});

it('ends with its parent process', async () => {
  const child = start('--port', '0', '--exit-with-parent');
  await ready(child);

  child.stdin.end();

  expect(await once(child, 'exit')).toEqual([0, null]);
});

it.each([
  [['--port', 'x'], '--port must be a whole number'],
  [['--servers', '0'], '--servers must be a whole number'],
  [['--version', 'new'], "TiDB version 'new'"],
  [['--faults', '{}'], 'sandbox_faults'],
  [['--mount', '/nfs'], '--mount must be PATH=DIR'],
  [['--nonsense'], '--nonsense'],
])('%j is refused with the reason', async (args, message) => {
  const child = start(...args);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });

  expect(await once(child, 'close')).toEqual([1, null]);
  expect(errors).toContain(message);
});
