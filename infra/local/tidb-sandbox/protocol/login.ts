import { randomBytes } from 'node:crypto';
import type { Account } from '../engine/account-store.ts';
import type { Cluster } from '../engine/cluster.ts';
import { blockedError } from '../engine/failed-logins.ts';
import { provesPassword, SCRAMBLE_LENGTH } from '../engine/native-password.ts';
import { isSha2Password } from '../engine/sha2-password.ts';
import { SqlError } from '../sql/errors.ts';
import { NATIVE_PASSWORD, SHA2_PASSWORD } from './constants.ts';
import {
  authSwitchRequest,
  type ClientLogin,
  fullAuthenticationRequest,
  greeting,
  isTlsRequest,
  parseLogin,
} from './handshake.ts';
import type { PacketChannel, TlsIdentity } from './packet-channel.ts';

interface LoginContext {
  readonly channel: PacketChannel;
  readonly cluster: Cluster;
  /** The client's address. */
  readonly address: string;
}

/** A scramble has no zero byte, which old clients would take for the end. */
function newScramble(): Buffer {
  return Buffer.from(randomBytes(SCRAMBLE_LENGTH).map((byte) => (byte === 0 ? 1 : byte)));
}

/** The first part of a connection, up to the client's login; `undefined` if the client left. */
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
    payload = (await channel.startTls(tls)) ? await channel.read() : undefined;
  } else if (payload && cluster.globals.get('require_secure_transport') === 'ON') {
    throw new SqlError(
      3159,
      'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
    );
  }
  return payload && { login: parseLogin(payload), scramble };
}

/**
 * Throws 1045 for a client that cannot authenticate, or the error that locks the account out. The order is TiDB's (`session.Auth`,
 * `ConnectionVerification`): without the password one does not learn that the account is locked.
 */
export async function authenticate(context: LoginContext, login: ClientLogin, scramble: Buffer): Promise<Account> {
  const { channel, cluster, address } = context;
  const denied = (proof: Buffer) => {
    const used = proof.length > 0 ? 'YES' : 'NO';
    return new SqlError(1045, `Access denied for user '${login.user}'@'${address}' (using password: ${used})`);
  };

  const account = cluster.accounts.match(login.user, address);
  if (!account) throw denied(login.proof);
  const proof = await proofOf(account, context, login, scramble);
  const now = cluster.clock();
  const blocked = blockedError(account.failedLogins, account, now);
  if (blocked) throw blocked;
  if (!isSecureEnough(account, channel)) throw denied(proof);
  if (!isRight(account, proof, scramble)) {
    cluster.accounts.recordWrongPassword(account, now);
    throw blockedError(account.failedLogins, account, now) ?? denied(proof);
  }
  if (account.locked) {
    throw new SqlError(3118, `Access denied for user '${login.user}'@'${address}'. Account is locked.`);
  }
  if (account.passwordExpired) {
    throw new SqlError(
      1862,
      'Your password has expired. To log in you must change it using a client that supports expired passwords.',
    );
  }
  cluster.accounts.recordRightPassword(account);
  return account;
}

/** The client's proof for the account's plugin; an account without a password needs none. */
async function proofOf(
  account: Account,
  { channel }: LoginContext,
  login: ClientLogin,
  scramble: Buffer,
): Promise<Buffer> {
  const plugin = account.passwordHash.length === 0 ? NATIVE_PASSWORD : account.plugin;
  const proof =
    login.plugin === plugin && plugin === NATIVE_PASSWORD
      ? login.proof
      : await ask(channel, authSwitchRequest(plugin, scramble));
  if (plugin !== SHA2_PASSWORD || proof.length === 0) return proof;
  // Without TLS, clients ask here for a public key. TiDB has none and takes the request for the password.
  const password = await ask(channel, fullAuthenticationRequest());
  const end = password.indexOf(0);
  return end < 0 ? password : password.subarray(0, end);
}

async function ask(channel: PacketChannel, request: Buffer): Promise<Buffer> {
  channel.write(request);
  await channel.flush();
  return (await channel.read()) ?? Buffer.alloc(0);
}

function isRight({ plugin, passwordHash }: Account, proof: Buffer, scramble: Buffer): boolean {
  const check =
    plugin === SHA2_PASSWORD ? isSha2Password(proof, passwordHash) : provesPassword(proof, scramble, passwordHash);
  return check;
}

function isSecureEnough({ requires }: Account, { cipher, hasClientCertificate }: PacketChannel): boolean {
  switch (requires) {
    case 'NONE':
      return true;
    case 'SSL':
      return cipher !== '';
    case 'X509':
      return hasClientCertificate;
  }
}
