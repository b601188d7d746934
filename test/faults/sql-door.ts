import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Let it through, answer with TiDB's error instead, break the connection, or stay silent. */
export type SqlAdmission = 'go' | { readonly errno: number; readonly message: string } | 'cut' | 'hang';

/** Called with what a client sends to TiDB on one connection, one statement after another. */
export interface SqlGate {
  /** `CONNECT`, or the text of a statement. */
  before(statement: string): SqlAdmission | Promise<SqlAdmission>;
  /** The answer to the last of them has begun to arrive. */
  after(): 'send' | 'cut' | Promise<'send' | 'cut'>;
}

export interface SqlDoor {
  readonly port: number;
  close(): Promise<void>;
}

export const CONNECT = 'CONNECT';

const COM_QUERY = 0x03;
const HEADER_BYTES = 4;

/** Stands in front of one TiDB server, and lets its gate decide about every connection and every statement. */
export async function openSqlDoor(
  target: { host: string; port: number },
  gateOfConnection: () => SqlGate,
): Promise<SqlDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    void serve(client, target, gateOfConnection());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(client: Socket, target: { host: string; port: number }, gate: SqlGate): Promise<void> {
  const admission = await gate.before(CONNECT);
  if (admission !== 'go') return refuse(client, admission, 0);
  const upstream = connect(target.port, target.host);
  upstream.setNoDelay(true);
  client.setNoDelay(true);
  /** Whether the answer has yet to begin; the greeting answers the connection. */
  let isUnanswered = true;
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  upstream.on('error', end).on('close', end);
  client.on('close', end);

  inOrder(upstream, async (chunk) => {
    const isFirst = isUnanswered;
    isUnanswered = false;
    if (isFirst && (await gate.after()) === 'cut') return end();
    client.write(chunk);
  });
  inOrder(
    client,
    packets(async (packet) => {
      const statement = statementOf(packet);
      if (statement !== undefined) {
        const decision = await gate.before(statement);
        if (decision !== 'go') return refuse(client, decision, 1);
        isUnanswered = true;
      }
      upstream.write(packet);
    }),
  );
}

/** Handles what a socket receives piece by piece, however long each takes. */
function inOrder(socket: Socket, handle: (chunk: Buffer) => Promise<void>): void {
  let tail = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    tail = tail.then(() => handle(chunk));
  });
}

/** Splits a stream into MySQL's packets: three bytes of length, one of sequence, the payload. */
function packets(handle: (packet: Buffer) => Promise<void>): (chunk: Buffer) => Promise<void> {
  let rest = Buffer.alloc(0);
  return async (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUIntLE(0, 3)) {
      const size = HEADER_BYTES + rest.readUIntLE(0, 3);
      const packet = rest.subarray(0, size);
      rest = rest.subarray(size);
      await handle(packet);
    }
  };
}

/** A command begins a new sequence; the login's packets do not. */
function statementOf(packet: Buffer): string | undefined {
  return packet[3] === 0 && packet[HEADER_BYTES] === COM_QUERY ? packet.toString('utf8', HEADER_BYTES + 1) : undefined;
}

function refuse(client: Socket, how: Exclude<SqlAdmission, 'go'>, sequence: number): void {
  if (how === 'hang') return;
  if (how === 'cut') client.resetAndDestroy();
  else client.write(errorPacket(how, sequence));
}

function errorPacket({ errno, message }: { errno: number; message: string }, sequence: number): Buffer {
  const payload = Buffer.concat([Buffer.from([0xff, errno & 0xff, errno >> 8]), Buffer.from(`#HY000${message}`)]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}
