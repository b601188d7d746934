import type { SqlError } from '../sql/errors.ts';
import { capability } from './constants.ts';
import { PayloadWriter } from './payload.ts';

/** Extra information in an OK packet. */
interface OkFacts {
  readonly affectedRows: bigint;
  readonly insertId: bigint;
  readonly info: string;
}

/** The flags and counts at the end of every answer. */
export interface ServerState {
  readonly status: number;
  readonly warnings: number;
}

/** The count has 16 bits. */
const MAX_WARNINGS = 0xffff;

export function okPacket({ affectedRows, insertId, info }: OkFacts, { status, warnings }: ServerState): Buffer {
  const writer = new PayloadWriter()
    .uint8(0x00)
    .lengthEncodedInteger(affectedRows)
    .lengthEncodedInteger(insertId)
    .uint16(status)
    .uint16(Math.min(warnings, MAX_WARNINGS));
  // The manual says "to the end of the packet"; servers and clients use a length, and nothing for no text.
  return info === '' ? writer.take() : writer.lengthEncoded(info).take();
}

/** Ends the rows, or the column definitions for older clients: EOF, or an OK with its header if the client supports it. */
export function endOfRows(capabilities: number, { status, warnings }: ServerState): Buffer {
  const writer = new PayloadWriter().uint8(0xfe);
  if ((capabilities & capability.deprecateEof) === 0) {
    return writer.uint16(Math.min(warnings, MAX_WARNINGS)).uint16(status).take();
  }
  return writer.uint8(0).uint8(0).uint16(status).uint16(Math.min(warnings, MAX_WARNINGS)).take();
}

/** Before the client has sent its capabilities, an error has no SQL state. */
export function errorPacket({ errno, sqlState, message }: SqlError, capabilities: number): Buffer {
  const writer = new PayloadWriter().uint8(0xff).uint16(errno);
  if (capabilities & capability.protocol41) writer.text('#').text(sqlState);
  return writer.text(message).take();
}
