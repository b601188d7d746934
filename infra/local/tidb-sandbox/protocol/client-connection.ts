import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Cluster } from '../engine/cluster.ts';
import { type Answer, execute, type Prepared, prepare, useDatabase } from '../engine/execute.ts';
import { ConnectionDropped, interruptionOf } from '../engine/faults.ts';
import { Session } from '../engine/session.ts';
import type { TidbServer } from '../engine/tidb-server.ts';
import { executionTooLong, notSupported, SqlError } from '../sql/errors.ts';
import type { ResultColumn, RowSource } from '../sql/result-set.ts';
import { splitStatements } from '../sql/split-statements.ts';
import type { Cell } from '../storage/cell.ts';
import { capability, command, serverStatus } from './constants.ts';
import { type ClientLogin, parseChangeUser } from './handshake.ts';
import { authenticate, receiveLogin } from './login.ts';
import { PacketChannel, type TlsIdentity } from './packet-channel.ts';
import { type Parameter, readParameters } from './parameters.ts';
import { MalformedPacket, PayloadReader, PayloadWriter } from './payload.ts';
import { PreparedStatements, prepareOk } from './prepared-statements.ts';
import { endOfRows, errorPacket, okPacket, type ServerState } from './replies.ts';
import { encodeBinaryRow, encodeColumn, encodeTextRow } from './result-encoding.ts';

type RowEncoder = (columns: readonly ResultColumn[], row: readonly Cell[], writer: PayloadWriter) => Buffer;

/** TiDB only checks now and then whether its client is there: a query continues for seconds after the client has left. */
const CLIENT_MISSED_AFTER_MS = 3_000;

const NOTHING = { affectedRows: 0n, insertId: 0n, info: '' };

/** One client's connection to one TiDB server, from the handshake to its end. */
export class ClientConnection {
  readonly #channel: PacketChannel;
  readonly #cluster: Cluster;
  readonly #server: TidbServer;
  readonly #address: string;
  readonly #client: string;
  readonly #connectionId: bigint;
  readonly #statements = new PreparedStatements();
  /** Aborted when the server has noticed that its client has left. */
  readonly #clientMissed = new AbortController();
  #capabilities = 0;
  #scramble: Buffer = Buffer.alloc(0);
  #session: Session | undefined;

  constructor(socket: Socket, cluster: Cluster, server: TidbServer) {
    // Small packets go out at once: a client waits for each answer.
    socket.setNoDelay(true);
    this.#channel = new PacketChannel(socket);
    this.#cluster = cluster;
    this.#server = server;
    this.#address = socket.remoteAddress ?? '';
    this.#client = `${this.#address}:${socket.remotePort ?? 0}`;
    this.#connectionId = server.nextConnectionId();
    const missed = () => setTimeout(() => this.#clientMissed.abort(), CLIENT_MISSED_AFTER_MS).unref();
    this.#channel.closed.addEventListener('abort', missed, { once: true });
  }

  /** Serves the client until it leaves; never rejects. */
  async run(tls: TlsIdentity | undefined): Promise<void> {
    let session: Session | undefined;
    try {
      session = await this.#logIn(tls);
      if (session) await this.#serve(session);
    } catch (error) {
      if (!(error instanceof ConnectionDropped)) await this.#sendError(error);
    } finally {
      session?.rollback();
      session?.leave();
      this.#channel.destroy();
    }
  }

  /** Breaks the connection and whatever runs in it. */
  break(): void {
    this.#session?.running?.killed.abort();
    this.#channel.destroy();
  }

  get #context() {
    return { channel: this.#channel, cluster: this.#cluster, address: this.#address };
  }

  async #logIn(tls: TlsIdentity | undefined): Promise<Session | undefined> {
    const received = await receiveLogin(this.#context, this.#connectionId, tls);
    if (!received) return undefined;
    const { login, scramble } = received;
    this.#capabilities = login.capabilities;
    this.#scramble = scramble;
    const account = await authenticate(this.#context, login, scramble);
    const session = new Session(
      {
        cluster: this.#cluster,
        server: this.#server,
        account,
        client: this.#client,
        cipher: this.#channel.cipher,
        clientGone: this.#channel.closed,
        disconnect: () => this.#channel.destroy(),
        runSql: (sql, session) => execute(prepare(sql, session.cluster.version), [], session),
      },
      this.#connectionId,
    );
    this.#enter(session, login);
    session.enter();
    this.#session = session;
    await this.#sendOk(session);
    return session;
  }

  #enter(session: Session, login: ClientLogin): void {
    session.countsFoundRows = (login.capabilities & capability.foundRows) !== 0;
    session.currentDatabase = undefined;
    if (login.database !== undefined) useDatabase(login.database, session);
  }

  async #serve(session: Session): Promise<void> {
    for (;;) {
      const payload = await this.#nextCommand(session);
      if (!payload || payload[0] === command.quit) return;
      try {
        await this.#dispatch(payload, session);
      } catch (error) {
        if (error instanceof ConnectionDropped) throw error;
        await this.#sendError(error);
      }
    }
  }

  /** Disconnects an idle client after the timeout, which is shorter in a transaction (getSessionVarsWaitTimeout). */
  async #nextCommand(session: Session): Promise<Buffer | undefined> {
    const timer = setTimeout(() => this.#channel.destroy(), session.idleSeconds * 1000);
    try {
      return await this.#channel.read();
    } finally {
      clearTimeout(timer);
    }
  }

  async #dispatch(payload: Buffer, session: Session): Promise<void> {
    const body = payload.subarray(1);
    switch (payload[0]) {
      case command.query:
        return this.#query(textOf(body), session);
      case command.initDatabase:
        useDatabase(textOf(body), session);
        return this.#sendOk(session);
      case command.ping:
        return this.#sendOk(session);
      case command.prepare:
        return this.#prepare(textOf(body), session);
      case command.execute:
        return this.#execute(body, session);
      case command.sendLongData:
        this.#statements.receiveLongData(body);
        return undefined;
      case command.closeStatement:
        this.#statements.close(new PayloadReader(body).uint32());
        return undefined;
      case command.resetStatement:
        this.#statements.get(new PayloadReader(body).uint32()).longData.clear();
        return this.#sendOk(session);
      case command.resetConnection:
        session.reset();
        this.#statements.clear();
        return this.#sendOk(session);
      case command.changeUser:
        return this.#changeUser(body, session);
      case command.fieldList:
        return this.#fieldList(body, session);
      case command.statistics:
        this.#channel.write(Buffer.from(`Threads: ${session.server.sessions.size}`));
        return this.#channel.flush();
      case command.setOption:
        return this.#setOption(body, session);
      default:
        throw new SqlError(1047, 'Unknown command');
    }
  }

  async #query(text: string, session: Session): Promise<void> {
    const parts = splitStatements(text);
    if (parts.length > 1 && (this.#capabilities & capability.multiStatements) === 0) {
      throw new SqlError(
        8130,
        "client has multi-statement capability disabled. Run SET GLOBAL tidb_multi_statement_mode='ON' after you understand the security risk",
      );
    }
    for (const [at, part] of parts.entries()) {
      await this.#run(
        part,
        () => prepare(part, session.cluster.version),
        [],
        session,
        encodeTextRow,
        at < parts.length - 1,
      );
    }
  }

  /** Runs one statement and sends its answer; throws errors that are to be sent. */
  async #run(
    text: string,
    parse: () => Prepared,
    parameters: readonly Parameter[],
    session: Session,
    encode: RowEncoder,
    moreFollows: boolean,
  ): Promise<void> {
    const { faults, clock } = session.cluster;
    if (!session.inTransaction && faults.movesSession(text)) session.moveTo(nextServer(session));
    const killed = new AbortController();
    const interrupted = AbortSignal.any([killed.signal, this.#clientMissed.signal]);
    session.running = { text, info: null, startedAt: clock(), killed, interrupted };
    let tooLong: NodeJS.Timeout | undefined;
    try {
      const prepared = parse();
      session.running.info = prepared.info;
      const limit = isSelect(prepared) ? session.maxExecutionMillis : 0;
      if (limit > 0) tooLong = setTimeout(() => killed.abort(executionTooLong()), limit);
      if (!isAboutWarnings(prepared)) session.warnings = [];
      await faults.apply('before', { text, interrupted });
      const answer = await execute(prepared, parameters, session);
      await faults.apply('after', { text, interrupted });
      session.affectedRows = answer.kind === 'ok' ? answer.affectedRows : -1n;
      await this.#answer(answer, session, encode, moreFollows);
    } catch (error) {
      if (error instanceof SqlError) session.addWarning(error.errno, error.message, 'Error');
      throw error;
    } finally {
      clearTimeout(tooLong);
      session.running = undefined;
      session.idleSince = clock();
    }
  }

  async #answer(answer: Answer, session: Session, encode: RowEncoder, moreFollows: boolean): Promise<void> {
    if (answer.kind === 'rows') return this.#sendRows(answer.source, session, encode, moreFollows);
    this.#channel.write(okPacket(answer, this.#state(session, moreFollows)));
    return this.#channel.flush();
  }

  async #sendRows(source: RowSource, session: Session, encode: RowEncoder, moreFollows: boolean): Promise<void> {
    const state = () => this.#state(session, moreFollows);
    this.#channel.write(new PayloadWriter().lengthEncodedInteger(source.columns.length).take());
    for (const column of source.columns) this.#channel.write(encodeColumn(column));
    if ((this.#capabilities & capability.deprecateEof) === 0)
      this.#channel.write(endOfRows(this.#capabilities, state()));
    const writer = new PayloadWriter();
    for (const row of source.rows) {
      this.#channel.write(encode(source.columns, row, writer));
      if (!this.#channel.isFull) continue;
      await this.#channel.flush();
      // Lets other sessions run, and lets a KILL of this one arrive.
      await setImmediate();
      if (session.running?.interrupted.aborted) throw interruptionOf(session.running.interrupted);
    }
    this.#channel.write(endOfRows(this.#capabilities, state()));
    return this.#channel.flush();
  }

  async #prepare(text: string, session: Session): Promise<void> {
    const prepared = prepare(text, session.cluster.version);
    this.#channel.write(prepareOk(this.#statements.add(text, prepared), prepared.parameters));
    const placeholder: ResultColumn = { name: '?', type: { kind: 'varchar', length: 0 } };
    for (let at = 0; at < prepared.parameters; at += 1) this.#channel.write(encodeColumn(placeholder));
    const wantsEof = (this.#capabilities & capability.deprecateEof) === 0;
    if (prepared.parameters > 0 && wantsEof) {
      this.#channel.write(endOfRows(this.#capabilities, this.#state(session, false)));
    }
    return this.#channel.flush();
  }

  async #execute(body: Buffer, session: Session): Promise<void> {
    const reader = new PayloadReader(body);
    const handle = this.#statements.get(reader.uint32());
    if (reader.uint8() !== 0) throw notSupported('server-side cursors');
    // The iteration count, which is always 1.
    reader.skip(4);
    const { prepared, longData } = handle;
    const read = readParameters(reader, prepared.parameters, handle.types, longData);
    handle.types = read.types;
    longData.clear();
    return this.#run(handle.text, () => prepared, read.parameters, session, encodeBinaryRow, false);
  }

  async #changeUser(body: Buffer, session: Session): Promise<void> {
    const login = parseChangeUser(body, this.#capabilities);
    session.account = await authenticate(this.#context, login, this.#scramble);
    session.reset();
    this.#statements.clear();
    this.#enter(session, login);
    return this.#sendOk(session);
  }

  /** Deprecated in MySQL; the mariadb client uses it to complete names. */
  async #fieldList(body: Buffer, session: Session): Promise<void> {
    const table = new PayloadReader(body).nullTerminated();
    const text = `SELECT * FROM \`${table.replaceAll('`', '``')}\` LIMIT 0`;
    const answer = await execute(prepare(text, session.cluster.version), [], session);
    if (answer.kind !== 'rows') throw new Error('a query answers rows');
    for (const column of answer.source.columns) {
      // Here a definition ends with the column's default, which is left empty.
      this.#channel.write(Buffer.concat([encodeColumn(column), Buffer.from([0xfb])]));
    }
    this.#channel.write(endOfRows(this.#capabilities, this.#state(session, false)));
    return this.#channel.flush();
  }

  /** Switches multi-statements on (0) or off (1). */
  async #setOption(body: Buffer, session: Session): Promise<void> {
    if (new PayloadReader(body).uint16() === 0) this.#capabilities |= capability.multiStatements;
    else this.#capabilities &= ~capability.multiStatements;
    this.#channel.write(endOfRows(this.#capabilities, this.#state(session, false)));
    return this.#channel.flush();
  }

  #state(session: Session, moreFollows: boolean): ServerState {
    const status =
      (session.inTransaction ? serverStatus.inTransaction : 0) |
      (session.variables.get('autocommit') === 'ON' ? serverStatus.autocommit : 0) |
      (moreFollows ? serverStatus.moreResults : 0);
    return { status, warnings: session.warnings.length };
  }

  async #sendOk(session: Session): Promise<void> {
    this.#channel.write(okPacket(NOTHING, this.#state(session, false)));
    return this.#channel.flush();
  }

  /** Any error but a SqlError is a bug of the sandbox: the client gets a message, and the console the trace. */
  async #sendError(error: unknown): Promise<void> {
    this.#channel.write(errorPacket(toSqlError(error), this.#capabilities));
    return this.#channel.flush();
  }
}

/** The next server of the cluster, or the same one if it is the only one. */
function nextServer({ server, cluster: { servers } }: Session): TidbServer {
  const at = servers.indexOf(server);
  return [...servers.slice(at + 1), ...servers.slice(0, at)].find(({ isUp }) => isUp) ?? server;
}

function toSqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  if (error instanceof MalformedPacket) return new SqlError(1835, 'Malformed communication packet');
  console.error(error);
  const text = error instanceof Error ? error.message : String(error);
  return new SqlError(1105, `the sandbox failed: ${text}`, { cause: error });
}

/** Decoding must be lossless. */
function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw notSupported("statements that are not UTF-8; write binary values as x'…'");
  return bytes.toString();
}

/** `max_execution_time` applies only to these. */
function isSelect({ family, statement }: Prepared): boolean {
  return family === 'sql' && statement.kind === 'select';
}

/** SHOW WARNINGS and SHOW ERRORS refer to the previous statement. */
function isAboutWarnings({ family, statement }: Prepared): boolean {
  return (
    family === 'sql' &&
    statement.kind === 'show' &&
    (statement.show.of === 'warnings' || statement.show.of === 'errors')
  );
}
