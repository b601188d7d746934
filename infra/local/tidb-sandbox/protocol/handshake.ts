import { SCRAMBLE_LENGTH } from '../engine/native-password.ts';
import { BINARY, capability, NATIVE_PASSWORD, serverCapabilities, serverStatus, UTF8MB4_BIN } from './constants.ts';
import { PayloadReader, PayloadWriter } from './payload.ts';

const PROTOCOL_VERSION = 10;
const FIRST_SCRAMBLE_PART = 8;

/** A client's login data; `collation` is the number of its connection collation. */
export interface ClientLogin {
  readonly capabilities: number;
  readonly collation: number;
  readonly user: string;
  readonly database: string | undefined;
  readonly proof: Buffer;
  readonly plugin: string;
}

/** The server's first packet. It holds only 32 bits of the connection id: `SELECT CONNECTION_ID()` returns all of it. */
export function greeting(about: {
  version: string;
  connectionId: bigint;
  scramble: Buffer;
  offersTls: boolean;
}): Buffer {
  const capabilities = serverCapabilities | (about.offersTls ? capability.ssl : 0);
  return new PayloadWriter()
    .uint8(PROTOCOL_VERSION)
    .nullTerminated(about.version)
    .uint32(Number(BigInt.asUintN(32, about.connectionId)))
    .raw(about.scramble.subarray(0, FIRST_SCRAMBLE_PART))
    .uint8(0)
    .uint16(capabilities & 0xffff)
    .uint8(UTF8MB4_BIN)
    .uint16(serverStatus.autocommit)
    .uint16(capabilities >>> 16)
    .uint8(SCRAMBLE_LENGTH + 1)
    .raw(Buffer.alloc(10))
    .raw(about.scramble.subarray(FIRST_SCRAMBLE_PART))
    .uint8(0)
    .nullTerminated(NATIVE_PASSWORD)
    .take();
}

/** Whether the packet only asks for TLS; the login follows encrypted. */
export function isTlsRequest(payload: Buffer): boolean {
  const SSL_REQUEST_LENGTH = 32;
  return payload.length === SSL_REQUEST_LENGTH && (payload.readUInt32LE(0) & capability.ssl) !== 0;
}

export function parseLogin(payload: Buffer): ClientLogin {
  const reader = new PayloadReader(payload);
  const capabilities = reader.uint32();
  reader.skip(4);
  const collation = reader.uint8();
  reader.skip(23);
  const user = reader.nullTerminated();
  const proof = readProof(reader, capabilities);
  const wantsDatabase = (capabilities & capability.connectWithDatabase) !== 0 && reader.hasMore;
  const database = wantsDatabase ? reader.nullTerminated() : '';
  const namesPlugin = (capabilities & capability.pluginAuth) !== 0 && reader.hasMore;
  const plugin = namesPlugin ? reader.nullTerminated() : NATIVE_PASSWORD;
  return { capabilities, collation, user, database: database || undefined, proof, plugin };
}

function readProof(reader: PayloadReader, capabilities: number): Buffer {
  if (capabilities & capability.lengthEncodedAuth) return reader.lengthEncodedBytes();
  if (capabilities & capability.secureConnection) return reader.bytes(reader.uint8());
  return Buffer.from(reader.nullTerminated());
}

/** COM_CHANGE_USER, without its command byte. */
export function parseChangeUser(payload: Buffer, capabilities: number): ClientLogin {
  const reader = new PayloadReader(payload);
  const user = reader.nullTerminated();
  const proof = reader.bytes(reader.uint8());
  const database = reader.nullTerminated() || undefined;
  const collation = reader.hasMore ? reader.uint16() : BINARY;
  const plugin = reader.hasMore ? reader.nullTerminated() : NATIVE_PASSWORD;
  return { capabilities, collation, user, database, proof, plugin };
}

/** Asks the client to authenticate with another plugin. */
export function authSwitchRequest(plugin: string, scramble: Buffer): Buffer {
  return new PayloadWriter().uint8(0xfe).nullTerminated(plugin).raw(scramble).uint8(0).take();
}

/** Asks for the password itself: TiDB has no cache for the short way of `caching_sha2_password`. */
export function fullAuthenticationRequest(): Buffer {
  return new PayloadWriter().uint8(0x01).uint8(0x04).take();
}
