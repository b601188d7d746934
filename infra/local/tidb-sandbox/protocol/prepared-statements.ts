import type { Prepared } from '../engine/execute.ts';
import { SqlError } from '../sql/errors.ts';
import { PayloadReader, PayloadWriter } from './payload.ts';

/** A statement prepared by COM_STMT_PREPARE. */
interface PreparedHandle {
  readonly text: string;
  readonly prepared: Prepared;
  /** Types of the last execution: a client may omit them later. */
  types: readonly number[];
  /** Values sent before the execution, by parameter. */
  readonly longData: Map<number, Buffer>;
}

/** The prepared statements of one connection. */
export class PreparedStatements {
  readonly #handles = new Map<number, PreparedHandle>();
  #lastId = 0;

  /** Stores a statement and returns its number. */
  add(text: string, prepared: Prepared): number {
    this.#lastId += 1;
    this.#handles.set(this.#lastId, { text, prepared, types: [], longData: new Map() });
    return this.#lastId;
  }

  /** Throws 1243 for an unknown number. */
  get(id: number): PreparedHandle {
    const handle = this.#handles.get(id);
    if (!handle) throw new SqlError(1243, `Unknown prepared statement handler (${id}) given to EXECUTE`);
    return handle;
  }

  close(id: number): void {
    this.#handles.delete(id);
  }

  clear(): void {
    this.#handles.clear();
  }

  /** COM_STMT_SEND_LONG_DATA has no answer: the execution reports its errors. */
  receiveLongData(body: Buffer): void {
    const reader = new PayloadReader(body);
    const handle = this.#handles.get(reader.uint32());
    const parameter = reader.uint16();
    const before = handle?.longData.get(parameter) ?? Buffer.alloc(0);
    handle?.longData.set(parameter, Buffer.concat([before, reader.rest()]));
  }
}

/** The first packet of the answer to COM_STMT_PREPARE. It lists no result columns, since each execution describes them. */
export function prepareOk(id: number, parameters: number): Buffer {
  return new PayloadWriter().uint8(0).uint32(id).uint16(0).uint16(parameters).uint8(0).uint16(0).take();
}
