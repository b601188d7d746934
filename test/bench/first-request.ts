import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { listenOnLoopback } from '../../infra/local/http/loopback-server.ts';
import type { Figure } from './figures.ts';
import { median } from './import-cost.ts';

const ROUNDS = 5;

/** Lambda gives a function of this size one core, and smaller ones their share of it. */
const MIB_OF_A_CORE = 1_769;

const MEMORY_SIZES = [256, 512, 1_024, MIB_OF_A_CORE];

const EVENT = {
  version: '2.0',
  rawPath: '/api/v1/backups',
  headers: {},
  requestContext: {
    requestId: 'request-1',
    http: { method: 'GET', path: '/api/v1/backups' },
    authorizer: { iam: {} },
  },
};

/** As Lambda does it: the function is imported, which makes its clients, and then called. */
const firstRequest = (bundle: string) => `
  const spent = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  const bare = spent();
  const { handler } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
  const imported = spent();
  const { statusCode } = await handler(${JSON.stringify(EVENT)}, { awsRequestId: 'first' });
  console.log('\\n' + JSON.stringify({ statusCode, bare, imported, called: spent() }));
  process.exit(0);`;

/**
 * The CPU time of the first `GET /backups` that a fresh `query` answers, the start of Node included, and what that makes of it in a
 * function of each memory size: an estimate, as the time of DynamoDB and of Lambda itself is left out.
 */
export async function firstRequestFigures(
  bundle: string,
  environment: Readonly<Record<string, string>>,
): Promise<Figure[]> {
  const dynamodb = await listenOnLoopback((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Items":[],"Count":0}');
    });
  });
  // Callers with AWS credentials, as by default.
  const { TENANT_CLAIM: _, ...ofFunction } = environment;
  const env = {
    ...process.env,
    ...ofFunction,
    AWS_ENDPOINT_URL: dynamodb.url,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  };
  const samples: { bare: number; imported: number; called: number }[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const args = ['--input-type=module', '--eval', firstRequest(bundle)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      const sample = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
      if (sample.statusCode !== 200) throw new Error(`the first request was answered ${sample.statusCode}`);
      samples.push(sample);
    }
  } finally {
    await dynamodb.close();
  }
  const of = (part: (sample: (typeof samples)[number]) => number) => median(samples.map(part));
  const total = of(({ called }) => called);
  const section = 'First GET /backups of a fresh query function';
  return [
    { section, name: 'CPU to start Node', value: of(({ bare }) => bare), unit: 'ms' },
    { section, name: 'CPU to import it', value: of(({ imported, bare }) => imported - bare), unit: 'ms' },
    { section, name: 'CPU of its first call', value: of(({ called, imported }) => called - imported), unit: 'ms' },
    ...MEMORY_SIZES.map((size) => ({
      section,
      name: `estimated with ${size} MiB`,
      value: Math.round(total / Math.min(size / MIB_OF_A_CORE, 1)),
      unit: 'ms',
    })),
  ];
}
