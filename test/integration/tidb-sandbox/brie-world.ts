import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { type SandboxOptions, startTidbSandbox, type TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';

export type Row = Record<string, unknown>;

const PASSWORD = "p'w+d&%#\\";
const sandboxCredentials = { accessKeyId: 'ROLEKEY', secretAccessKey: 'role-secret' };

/** An S3 endpoint, and whatever sandboxes, connections and directories a test needs; `stop` ends all of them. */
export class BrieWorld {
  readonly s3Endpoint: string;
  readonly s3: S3Client;
  readonly bucket = 'backups';
  readonly #ends: (() => unknown)[] = [];

  private constructor(s3Endpoint: string, stopS3: () => Promise<void>) {
    this.s3Endpoint = s3Endpoint;
    this.s3 = new S3Client({
      endpoint: s3Endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: sandboxCredentials,
    });
    this.#ends.push(stopS3, () => this.s3.destroy());
  }

  static async start(): Promise<BrieWorld> {
    const server = await startFauxqs({ port: 0, logger: false });
    const world = new BrieWorld(`http://127.0.0.1:${server.port}`, () => server.stop());
    server.createBucket(world.bucket);
    return world;
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }

  async cluster(options: SandboxOptions = {}): Promise<TestCluster> {
    const sandbox = await startTidbSandbox({
      password: PASSWORD,
      s3Endpoint: this.s3Endpoint,
      s3Credentials: sandboxCredentials,
      ...options,
    });
    this.#ends.push(() => sandbox.stop());
    return new TestCluster(sandbox, (end) => this.#ends.push(end));
  }

  async directory(): Promise<string> {
    const directory = await mkdtemp(path.join(tmpdir(), 'brie-'));
    this.#ends.push(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  /** A path that no other test uses. */
  newPrefix(): string {
    return `test/${randomUUID()}`;
  }

  async keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(
      new ListObjectsV2Command({ Bucket: this.bucket, Prefix: `${prefix}/` }),
    );
    return Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1));
  }

  async get(key: string): Promise<Buffer> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async put(key: string, body: string | Buffer): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
  }

  async remove(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
  }
}

export class TestCluster {
  readonly sandbox: TidbSandbox;
  readonly #onStop: (end: () => unknown) => void;

  constructor(sandbox: TidbSandbox, onStop: (end: () => unknown) => void) {
    this.sandbox = sandbox;
    this.#onStop = onStop;
  }

  /** A connection as the control plane opens it: 64-bit numbers and dates as strings. */
  async connect({ server = 0, user = 'root', password = PASSWORD } = {}): Promise<TestConnection> {
    const connection = await mysql.createConnection({
      host: this.sandbox.host,
      port: this.sandbox.ports[server] ?? this.sandbox.port,
      user,
      password,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      multipleStatements: false,
    });
    // A test may break it; the failing statement reports that.
    connection.on('error', () => undefined);
    this.#onStop(() => connection.destroy());
    return new TestConnection(connection);
  }
}

export class TestConnection {
  readonly raw: mysql.Connection;

  constructor(raw: mysql.Connection) {
    this.raw = raw;
  }

  async rows(sql: string): Promise<Row[]> {
    const [rows] = await this.raw.query<RowDataPacket[]>(sql);
    return rows;
  }

  async row(sql: string): Promise<Row> {
    const [row] = await this.rows(sql);
    if (row === undefined) throw new Error(`no row: ${sql}`);
    return row;
  }

  async run(...statements: string[]): Promise<void> {
    for (const sql of statements) await this.raw.query(sql);
  }

  async connectionId(): Promise<string> {
    return String(Object.values(await this.row('SELECT CONNECTION_ID()'))[0]);
  }

  /** Breaks the connection without notice, like a dying client. */
  destroy(): void {
    this.raw.destroy();
  }
}

/** A URL as a string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
