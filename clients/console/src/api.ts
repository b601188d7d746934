import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import type { components } from '../../typescript/api.ts';
import { type Client, createClient } from '../../typescript/client.ts';
import type { Data } from '../../typescript/routes.ts';
import type { Scope, Session } from './session.ts';

export type Schemas = components['schemas'];
export type ClusterOverview = Schemas['ClusterOverview'];
export type PastBackup = Schemas['PastBackup'];
export type BackupRecord = Schemas['BackupRecord'];
export type Strategy = Schemas['BackupStrategy'];
export type DrillTables = NonNullable<Data<'GET /backups/{backupId}/evidence'>['drillTables']>;
export type MissedWindow = Schemas['MissedWindow'];

export interface Console {
  readonly api: Client;
  may(scope: Scope): boolean;
}

export function createConsole(session: Session): Console {
  const api = createClient({ baseUrl: `${location.origin}/api/v1`, ...(session.auth && { auth: session.auth }) });
  return { api, may: session.may };
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const console = useContext(ConsoleContext);
  if (console === undefined) throw new Error('outside of the console');
  return console;
}

export interface Loaded<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly isLoading: boolean;
  refresh(): void;
}

const AFTER_FAILURE_MS = 10_000;

/**
 * Loads a page's data, again whenever `key` changes and then every `everyMs`, unless the page is hidden. Loaded data stays during a reload
 * and after a failure.
 */
export function useData<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: (data: T) => number | undefined,
): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; isLoading: boolean }>({
    key,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef({ load, everyMs });
  latest.current = { load, everyMs };
  useEffect(() => {
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState((before) => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }));
    const again = (ms: number | undefined) => {
      if (ms === undefined || stopped.signal.aborted) return;
      timer = setTimeout(() => (document.hidden ? again(ms) : setTurn((n) => n + 1)), ms);
    };
    latest.current.load(stopped.signal).then(
      (data) => {
        if (stopped.signal.aborted) return;
        setState({ key, data, isLoading: false });
        again(latest.current.everyMs?.(data));
      },
      (error: unknown) => {
        if (stopped.signal.aborted) return;
        setState((before) => ({ ...before, error, isLoading: false }));
        // A refresh that fails does not stop the next ones.
        again(latest.current.everyMs && AFTER_FAILURE_MS);
      },
    );
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [key, turn]);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : undefined, error: state.error, isLoading: state.isLoading, refresh };
}

/** A change made by a button: its outcome, and whether it is still running. */
export function useAction<Args extends unknown[]>(
  act: (...args: Args) => Promise<void>,
): { run(...args: Args): void; isRunning: boolean; error: unknown; clear(): void } {
  const [state, setState] = useState<{ isRunning: boolean; error?: unknown }>({ isRunning: false });
  const run = (...args: Args) => {
    setState({ isRunning: true });
    act(...args).then(
      () => setState({ isRunning: false }),
      (error: unknown) => setState({ isRunning: false, error }),
    );
  };
  return { run, ...state, error: state.error, clear: () => setState({ isRunning: false }) };
}

/** The first page of a list. */
export async function firstOf<T>(pages: AsyncIterable<T>): Promise<T> {
  for await (const page of pages) return page;
  throw new Error('the API answered no page');
}
