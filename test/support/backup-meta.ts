import { encodeMessage } from '../../infra/local/tidb-sandbox/brie/protobuf.ts';

interface Meta {
  backupTso: string;
  clusterId?: string;
  /** For an incremental backup. */
  baseTso?: string;
  clusterVersion?: string;
  newCollations?: string;
  /** Inline, as old releases write them. */
  files?: readonly Uint8Array[];
  isRawKv?: boolean;
  isTxnKv?: boolean;
  /** Each is a database and, unless it is empty, a table. */
  schemas?: readonly (readonly [database: string, table?: string])[];
}

const info = (field: string, name: string) => JSON.stringify({ id: 1, [field]: { O: name, L: name.toLowerCase() } });

/** A `backupmeta` as BR writes it, for a backup without files. */
export function backupMetaBytes({
  backupTso,
  clusterId = '0',
  baseTso = '0',
  clusterVersion,
  newCollations,
  schemas = [],
  files = [],
  isRawKv = false,
  isTxnKv = false,
}: Meta): Uint8Array {
  return encodeMessage([
    [1, BigInt(clusterId)],
    [2, clusterVersion === undefined ? '' : `"${clusterVersion}"\n`],
    ...files.map((file) => [4, file] as const),
    [5, BigInt(baseTso)],
    [6, BigInt(backupTso)],
    ...schemas.map(
      ([database, table]) =>
        [
          7,
          encodeMessage([
            [1, info('db_name', database)],
            [2, table === undefined ? '' : info('name', table)],
          ]),
        ] as const,
    ),
    [8, BigInt(isRawKv)],
    [20, newCollations ?? ''],
    [21, BigInt(isTxnKv)],
  ]);
}

/** The files of a backup, as a node reads them. */
export function filesOf(present: Readonly<Record<string, Uint8Array>>) {
  return {
    async read(_: unknown, name: string): Promise<AsyncIterable<Uint8Array> | undefined> {
      const bytes = present[name];
      return bytes && inOnePart(bytes);
    },
    exists: async (_: unknown, name: string) => name in present,
    isEmpty: async () => Object.keys(present).length === 0,
  };
}

async function* inOnePart(bytes: Uint8Array) {
  yield bytes;
}
