import type { Cluster } from '../../domain/cluster.ts';
import type { StorageLocation } from '../../domain/storage-location.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import type { SecretReader } from '../secret-reader.ts';
import { systemClock } from '../system-clock.ts';
import { type ClusterAccess, connectToAny } from './connect-any.ts';
import { type ControlOptions, createControl } from './control.ts';
import { inspectEndpoints } from './inspection.ts';
import { openSession } from './session.ts';
import { holdSnapshot } from './snapshot-hold.ts';
import type { StorageKeys } from './storage-url.ts';

/** TiDB over its SQL protocol. Passwords and keys are read when a connection or a URL needs them, and stay in here. */
export function createTidbGateway(secrets: SecretReader): TidbGateway {
  const accessTo = async (cluster: Cluster): Promise<ClusterAccess> => ({
    endpoints: cluster.endpoints,
    tls: { mode: cluster.tls },
    account: await secrets.databaseAccount(cluster.account.secretArn),
  });

  const storageKeys: ControlOptions['storageKeys'] = (location) => readStorageKeys(secrets, location);

  return {
    openSession: async (cluster, limit) => openSession(await accessTo(cluster), storageKeys, limit),
    holdSnapshot: async (cluster, limit) => {
      const access = await accessTo(cluster);
      return await holdSnapshot(async () => (await connectToAny(access)).connection, limit);
    },
    inspect: async (cluster) => inspectEndpoints(await accessTo(cluster), systemClock),
    openControl: (cluster, limit) =>
      createControl({ open: async () => (await connectToAny(await accessTo(cluster))).connection, storageKeys, limit }),
  };
}

async function readStorageKeys(secrets: SecretReader, location: StorageLocation): Promise<StorageKeys | undefined> {
  return location.type === 's3' && location.credentials !== undefined
    ? secrets.storageKeys(location.credentials)
    : undefined;
}
