import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../command-line.ts';
import type { Mount } from './brie/session.ts';
import { parseFaults } from './engine/faults.ts';
import { autoTlsIdentity } from './protocol/certificates.ts';
import { type SandboxOptions, startTidbSandbox } from './sandbox.ts';

const USAGE = `Usage: npm run tidb-sandbox -- [options]
  --port 4000            port of the first TiDB server; the others follow. 0 picks free ports
  --servers 1            how many TiDB servers the cluster has
  --s3-endpoint URL      S3 for BACKUP and RESTORE; defaults to AWS
  --version 8.5          the TiDB release to imitate: 6.5.12, 7.5, 8.5.5, …
  --user root            the first account
  --password ''          its password; prefer TIDB_SANDBOX_PASSWORD
  --tiflash 0            how many TiFlash stores the cluster has
  --old-collations       sets new_collation_enabled to False, as in a cluster created that way
  --data DIR             keeps the data; by default it is removed when the sandbox ends
  --mount PATH=DIR       the "nodes" have DIR at PATH, and local:// backups must be inside; may be repeated
  --auto-tls             offers TLS with a self-made certificate, like TiDB's auto-tls
  --faults JSON          see engine/faults.ts
  --exit-with-parent     ends when stdin closes
The role of the "TiKV nodes" is read from the environment, as in every AWS SDK (AWS_ACCESS_KEY_ID, …).`;

const MAX_PORT = 65_535;

/** Throws with a message for the user if an option is invalid. */
function readOptions(args: string[]): { options: SandboxOptions; exitWithParent: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '4000' },
      servers: { type: 'string', default: '1' },
      's3-endpoint': { type: 'string' },
      version: { type: 'string', default: '8.5' },
      user: { type: 'string', default: 'root' },
      password: { type: 'string', default: process.env.TIDB_SANDBOX_PASSWORD ?? '' },
      tiflash: { type: 'string', default: '0' },
      'old-collations': { type: 'boolean', default: false },
      data: { type: 'string' },
      mount: { type: 'string', multiple: true },
      'auto-tls': { type: 'boolean', default: false },
      faults: { type: 'string', default: '[]' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const first = wholeNumber('--port', values.port, 0, MAX_PORT);
  const servers = wholeNumber('--servers', values.servers, 1, 16);
  const options: SandboxOptions = {
    ports: Array.from({ length: servers }, (_, at) => (first === 0 ? 0 : first + at)),
    version: values.version,
    tiflashStores: wholeNumber('--tiflash', values.tiflash, 0, 16),
    newCollation: !values['old-collations'],
    user: values.user,
    password: values.password,
    faults: parseFaults(values.faults),
    ...(values['auto-tls'] && { tls: autoTlsIdentity(hostname()) }),
    ...(values['s3-endpoint'] !== undefined && { s3Endpoint: values['s3-endpoint'] }),
    ...(values.data !== undefined && { dataDir: values.data }),
    ...(values.mount !== undefined && { mounts: values.mount.map(readMount) }),
  };
  return { options, exitWithParent: values['exit-with-parent'] };
}

function readMount(text: string): Mount {
  const [, path, directory] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (path === undefined || directory === undefined) throw new Error(`--mount must be PATH=DIR, not '${text}'`);
  return { path, directory };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${option} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}

async function main(): Promise<void> {
  const read = readCommandLine(USAGE, readOptions);
  const sandbox = await startTidbSandbox(read.options);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Nothing else keeps the process alive; the explicit exit also covers a lingering socket of a client library.
    sandbox.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (read.exitWithParent) {
    process.stdin.on('end', stop);
    process.stdin.on('close', stop);
    process.stdin.resume();
  }
  const { host, ports, user, password } = sandbox;
  console.log(`READY ${JSON.stringify({ host, ports, user, password })}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
