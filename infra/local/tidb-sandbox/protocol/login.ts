import { randomBytes } from 'node:crypto';
import type { Account } from '../engine/account-store.ts';
import type { Cluster } from '../engine/cluster.ts';
import { provesPassword, SCRAMBLE_LENGTH } from '../engine/native-password.ts';
import { SqlError } from '../sql/errors.ts';
import { NATIVE_PASSWORD } from './constants.ts';
import { authSwitchRequest, type ClientLogin, greeting, isTlsRequest, parseLogin } from './handshake.ts';
import type { PacketChannel } from './packet-channel.ts';

/** PEM texts. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

interface LoginContext {
  readonly channel: PacketChannel;
  readonly cluster: Cluster;
  /** The client's address. */
  readonly address: string;
}

/** A scramble has no zero byte: old clients take it for the end. */
function newScramble(): Buffer {
  return Buffer.from(randomBytes(SCRAMBLE_LENGTH).map((byte) => (byte === 0 ? 1 : byte)));
}

/** The first part of a connection, up to the client's login; undefined where the client went away. */
export async function receiveLogin(
  { channel, cluster }: LoginContext,
  connectionId: bigint,
  tls: TlsIdentity | undefined,
): Promise<{ login: ClientLogin; scramble: Buffer } | undefined> {
  const scramble = newScramble();
  channel.write(greeting({ version: cluster.versionText, connectionId, scramble, offersTls: tls !== undefined }));
  await channel.flush();
  let payload = await channel.read();
  if (payload && tls && isTlsRequest(payload)) {
    await channel.startTls(tls);
    payload = await channel.read();
  }
  return payload && { login: parseLogin(payload), scramble };
}

/** Throws 1045 where the client does not prove to be one of the cluster's accounts. */
export async function authenticate(
  { channel, cluster, address }: LoginContext,
  login: ClientLogin,
  scramble: Buffer,
): Promise<Account> {
  let { proof } = login;
  if (login.plugin !== NATIVE_PASSWORD) {
    channel.write(authSwitchRequest(scramble));
    await channel.flush();
    proof = (await channel.read()) ?? Buffer.alloc(0);
  }
  const account = cluster.accounts.match(login.user, address);
  if (account && provesPassword(proof, scramble, account.passwordHash)) return account;
  const used = proof.length > 0 ? 'YES' : 'NO';
  throw new SqlError(1045, `Access denied for user '${login.user}'@'${address}' (using password: ${used})`);
}
