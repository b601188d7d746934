import { useState } from 'react';

/** Position in a paged list: the tokens of the pages before this one. */
export function usePageTokens() {
  const [tokens, setTokens] = useState<readonly string[]>([]);
  const pageToken = tokens.at(-1);
  return {
    query: pageToken === undefined ? {} : { pageToken },
    isFirst: tokens.length === 0,
    forward: (next: string) => setTokens((before) => [...before, next]),
    back: () => setTokens((before) => before.slice(0, -1)),
    restart: () => setTokens([]),
  };
}
