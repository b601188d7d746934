import type { Tso } from '../storage/tso.ts';
import type { Account } from './account-store.ts';

export interface Warning {
  readonly level: 'Note' | 'Warning' | 'Error';
  readonly code: number;
  readonly message: string;
}

/** The statement that a session runs; `interrupted` is aborted by KILL QUERY, KILL and, some time later, the loss of the client. */
export interface RunningStatement {
  readonly text: string;
  /** The text without its secrets, for the process list; null until the statement is parsed. */
  info: string | null;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Whether it reads a table from TiFlash. */
  readsTiflash?: boolean;
  readonly killed: AbortController;
  readonly interrupted: AbortSignal;
}

/** What a server, KILL and the cluster's process list use of a session. */
export interface ServerSession {
  readonly server: { readonly statusAddress: string };
  readonly connectionId: bigint;
  readonly account: Account;
  /** The client's `address:port`. */
  readonly client: string;
  readonly currentDatabase: string | undefined;
  /** When the last statement ended or the session began, in Unix milliseconds. */
  readonly idleSince: number;
  readonly inTransaction: boolean;
  readonly transactionTs: Tso;
  readonly running: RunningStatement | undefined;
  /** Breaks the connection. */
  readonly disconnect: () => void;
  addWarning(code: number, message: string): void;
}
