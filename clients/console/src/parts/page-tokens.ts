import { useState } from 'react';

/** Where a list of pages stands: the tokens of the pages that led to this one. */
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
