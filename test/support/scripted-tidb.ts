import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { type Connection, createServer } from 'mysql2';

type Cell = string | number | bigint | null;
/** A server's answer to a statement; `drop` closes the connection, `hang` never answers. */
export type Answer = Record<string, Cell>[] | { errno: number; message: string } | 'drop' | 'hang';

export interface ScriptedTidb {
  port: number;
  endpoint: string;
  /** Every statement received, in order. */
  statements: string[];
  connections: () => number;
  stop(): Promise<void>;
}

interface Refusal {
  code: number;
  message: string;
}

export interface Script {
  /** `connection` counts from 1. */
  answer: (sql: string, connection: number) => Answer;
  /** Set: every account is refused with this error. */
  refuses?: { errno: number; message: string };
}

/** A TiDB server that speaks the protocol and knows only its script, for what the sandbox cannot do. */
export async function startScriptedTidb({ answer, refuses }: Script): Promise<ScriptedTidb> {
  const statements: string[] = [];
  const open = new Set<Connection>();
  let accepted = 0;
  const server = createServer((base) => {
    // mysql2's types only know the client's side of these values.
    const connection = base as Connection;
    accepted += 1;
    const number = accepted;
    open.add(connection);
    connection.on('error', () => {});
    connection.on('end', () => open.delete(connection));
    connection.on('query', (sql: string) => {
      statements.push(sql);
      connection.sequenceId = 1;
      respond(connection, answer(sql, number));
    });
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.11-TiDB-v8.5.0',
      connectionId: number,
      statusFlags: 2,
      characterSet: 45,
      capabilityFlags: 0xffffff & ~0x800,
      authCallback: (_: unknown, done: (error: null, refusal?: Refusal) => void) =>
        done(null, refuses && { code: refuses.errno, message: refuses.message }),
    });
  });
  // The `net.Server` inside: only it knows the port and can be bound to loopback.
  const listener = Reflect.get(server, '_server') as Server;
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    endpoint: `127.0.0.1:${port}`,
    statements,
    connections: () => open.size,
    async stop() {
      for (const connection of open) connection.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function respond(connection: Connection, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'drop') {
    connection.destroy();
  } else if (Array.isArray(answer)) {
    const first = answer[0] ?? { none: null };
    connection.writeTextResult(
      answer,
      Object.entries(first).map(([name, cell]) => column(name, cell)),
    );
  } else {
    connection.writeError({ code: answer.errno, message: answer.message });
  }
}

/** LONGLONG, DOUBLE and VAR_STRING of the protocol. */
function column(name: string, sample: Cell) {
  const columnType = typeof sample === 'bigint' ? 8 : typeof sample === 'number' ? 5 : 253;
  return {
    catalog: 'def',
    schema: '',
    table: '',
    orgTable: '',
    name,
    orgName: name,
    characterSet: 45,
    columnLength: 256,
    columnType,
    flags: typeof sample === 'bigint' ? 32 : 0,
    decimals: 0,
  };
}
