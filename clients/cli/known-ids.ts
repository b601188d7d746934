import type { Client } from '../typescript/client.ts';
import { Session } from './session.ts';
import type { Surroundings } from './terminal.ts';

/** A person waits for the proposals. */
const WITHIN_MS = 2_000;

/** The newest ids of each kind, by the placeholder of the arguments that take one. */
const LISTS = {
  cluster: async (client, signal) =>
    (await client.call('GET /clusters', NEWEST, { signal })).clusters.map(({ clusterId }) => clusterId),
  backup: async (client, signal) =>
    (await client.call('GET /backups', NEWEST, { signal })).backupRecords.map(({ id }) => id),
  workflow: async (client, signal) =>
    (await client.call('GET /workflow', NEWEST, { signal })).workFlows.map(({ id }) => id),
} as const satisfies Record<string, (client: Client, signal: AbortSignal) => Promise<string[]>>;

const NEWEST = { query: { pageSize: 100 } };

export type IdKind = keyof typeof LISTS;

export function isIdKind(placeholder: string): placeholder is IdKind {
  return Object.hasOwn(LISTS, placeholder);
}

/**
 * Known ids that start with what has been typed.
 * @returns none if the deployment is not named, does not answer in time or refuses: a shell has no place for the reason
 */
export async function knownIds(
  kind: IdKind,
  partial: string,
  { surroundings, words = [] }: { surroundings: Surroundings; words?: readonly string[] | undefined },
): Promise<string[]> {
  try {
    const session = new Session(surroundings, connectionIn(words));
    const ids = await LISTS[kind](await session.client, AbortSignal.timeout(WITHIN_MS));
    return ids.filter((id) => id.startsWith(partial));
  } catch {
    return [];
  }
}

/** The flags among the words so far that say where the API is. */
function connectionIn(words: readonly string[]): Record<string, string> {
  const flags = ['stack', 'endpoint', 'profile', 'region', 'token'];
  return Object.fromEntries(
    words.flatMap((word, index) => {
      const [name = '', value = words[index + 1]] = word.split(/=(.*)/s);
      return flags.includes(name.slice(2)) && name.startsWith('--') && value ? [[name.slice(2), value]] : [];
    }),
  );
}
