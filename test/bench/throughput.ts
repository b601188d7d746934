import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { loadSampleData } from '../../infra/local/demo/sample-data.ts';
import { type BenchCloud, refill } from './bench-cloud.ts';
import type { Figure } from './figures.ts';

const MIB = 1024 * 1024;
const OBJECTS = 64;

/** The throughput of the local endpoints, to distinguish a slow demo from a slow service. */
export async function throughputFigures(bench: BenchCloud): Promise<Figure[]> {
  return [...(await sandboxFigures(bench)), ...(await s3Figures(bench))];
}

async function sandboxFigures({ cloud, source, target }: BenchCloud): Promise<Figure[]> {
  const section = 'Throughput of the TiDB sandbox';
  await refill(source, 0);
  await refill(target, 0);
  const [from, to] = await Promise.all(
    [source, target].map(({ host, port, user, password }) => createConnection({ host, port, user, password })),
  );
  if (from === undefined || to === undefined) throw new Error('two connections were asked for');
  try {
    const loading = performance.now();
    const rows = await loadSampleData(from);
    const loadSeconds = (performance.now() - loading) / 1_000;
    const url = `s3://${cloud.outputs.BackupBucket}/bench/throughput`;
    const seconds = async (sql: string, on: typeof from): Promise<[number, number]> => {
      const start = performance.now();
      const [[result]] = await on.query<RowDataPacket[]>(sql);
      return [Number(result?.Size) / MIB, (performance.now() - start) / 1_000];
    };
    const [size, backup] = await seconds(`BACKUP DATABASE * TO '${url}' SEND_CREDENTIALS_TO_TIKV = FALSE`, from);
    const [, restore] = await seconds(`RESTORE DATABASE * FROM '${url}' SEND_CREDENTIALS_TO_TIKV = FALSE`, to);
    return [
      { section, name: 'INSERT', value: Math.round(rows / loadSeconds), unit: 'rows/s' },
      { section, name: 'BACKUP', value: size / backup, unit: 'MiB/s' },
      { section, name: 'BACKUP', value: Math.round(rows / backup), unit: 'rows/s' },
      { section, name: 'RESTORE', value: Math.round(rows / restore), unit: 'rows/s' },
    ];
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

async function s3Figures({ cloud }: BenchCloud): Promise<Figure[]> {
  const client = new S3Client({
    endpoint: cloud.endpoints.s3,
    region: cloud.region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const Body = Buffer.alloc(MIB, 'x');
  const keys = Array.from({ length: OBJECTS }, (_, index) => ({
    Bucket: cloud.outputs.BackupBucket,
    Key: `bench/objects/${index}`,
  }));
  const rate = async (move: (key: (typeof keys)[number]) => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    for (const key of keys) await move(key);
    return OBJECTS / ((performance.now() - start) / 1_000);
  };
  const section = 'Throughput of the local S3, one object of 1 MiB at a time';
  const put = await rate((key) => client.send(new PutObjectCommand({ ...key, Body })));
  const get = await rate(async (key) => (await client.send(new GetObjectCommand(key))).Body?.transformToByteArray());
  client.destroy();
  return [
    { section, name: 'PUT', value: put, unit: 'MiB/s' },
    { section, name: 'GET', value: get, unit: 'MiB/s' },
  ];
}
