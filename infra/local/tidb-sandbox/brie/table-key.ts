import { createHash } from 'node:crypto';

const PREFIX = Buffer.from('t');
const ROW_SEPARATOR = Buffer.from('_r');
const SIGN = 1n << 63n;

/** `t{table id}_r{row key}`, as TiDB lays rows out in TiKV (pkg/tablecodec). */
export function encodeTableKey(tableId: bigint, rowKey: Uint8Array): Uint8Array {
  const id = Buffer.alloc(8);
  // The flipped sign makes negative ids sort before positive ones (codec.EncodeInt).
  id.writeBigUInt64BE(BigInt.asUintN(64, tableId) ^ SIGN);
  return Buffer.concat([PREFIX, id, ROW_SEPARATOR, rowKey]);
}

export function tableIdOf(key: Uint8Array): bigint {
  return BigInt.asIntN(64, Buffer.from(key).readBigUInt64BE(PREFIX.length) ^ SIGN);
}

export function hashOfKey(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex');
}
