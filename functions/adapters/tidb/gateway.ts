import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import type { S3Stores } from '../files/s3-stores.ts';
import type { SecretReader } from '../secrets/secret-reader.ts';
import { systemClock } from '../shared/system-clock.ts';
import { type ClusterAccess, connectToAny, type NodeNetwork } from './connect-any.ts';
import { type ControlOptions, createControl } from './control.ts';
import { inspectEndpoints } from './inspection.ts';
import { createScratchDatabase } from './scratch-database.ts';
import { openSession } from './session.ts';
import { holdSnapshot } from './snapshot-hold.ts';

/**
 * TiDB over its SQL protocol. Passwords and keys are read when a connection or a URL needs them, and never leave this
 * module.
 * @param network for messages that say how to let the service in
 * @param stores find the keys with which a backup can still be read; without them, the backup's own are used
 */
export function createTidbGateway(
  secrets: SecretReader,
  network: NodeNetwork = {},
  stores?: Pick<S3Stores, 'keysOf'>,
): TidbGateway {
  const accessTo = async ({ endpoints, account, tls: mode, certificates }: Cluster): Promise<ClusterAccess> => {
    const { ca, client } = certificates ?? {};
    const readAccount = () => secrets.databaseAccount(account.secretArn);
    const [user, authorities, identity] = await Promise.all([
      readAccount(),
      ca && secrets.authorities(ca.secretArn),
      client && secrets.clientIdentity(client.secretArn),
    ]);
    return { endpoints, account: user, readAccount, tls: { mode, ca: authorities, client: identity }, network };
  };

  const storageKeys: ControlOptions['storageKeys'] = async (location, use) => {
    if (location.type !== 's3' || location.credentials === undefined) return undefined;
    // A new backup uses the present configuration or fails: falling back to former keys would only hide that the
    // present ones are wrong.
    if (use === 'write' || stores === undefined) return await secrets.storageKeys(location.credentials);
    return await stores.keysOf(location);
  };

  return {
    openSession: async (cluster, limit, server) => openSession(await accessTo(cluster), storageKeys, limit, server),
    holdSnapshot: async (cluster, limit) => {
      const access = await accessTo(cluster);
      return await holdSnapshot(async () => (await connectToAny(access)).connection, limit);
    },
    inspect: async (cluster) => inspectEndpoints(await accessTo(cluster), systemClock),
    openScratch: (cluster, database) =>
      createScratchDatabase(async () => (await connectToAny(await accessTo(cluster))).connection, database),
    openControl: (cluster, limit) =>
      createControl({ open: async () => (await connectToAny(await accessTo(cluster))).connection, storageKeys, limit }),
  };
}
