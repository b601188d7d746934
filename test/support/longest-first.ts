import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One per worker but the browser's: the files that synthesize the app and compile its functions. */
const BEFORE = 3;

/** Minutes, mostly waiting: started last, they would run alone. */
const LONG = /\/test\/(?:faults|integration\/app\/worker\.)/;
/** Short files that run for long: Vitest would start them near the end. */
const LONGER_THAN_IT_LOOKS = /\/(?:bundles|command-line|failures|hostile-requests|tidb-versions|usage)\.test\.ts$/;

/**
 * Starts the long files early. The faults do not come first, since functions that are not yet compiled start too slowly for their fast
 * timers. Files that share a cloud follow each other, so that their worker finds it warm. Otherwise the order is Vitest's own: project by
 * project, for a worker that changes its project is started anew, and large files first.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = new Set(sorted.filter((file) => rankOf(file) === Rank.rest).slice(0, BEFORE));
    const ranks = new Map(sorted.map((file) => [file, first.has(file) ? Rank.first : rankOf(file)]));
    return sorted.toSorted((a, b) => (ranks.get(a) ?? Rank.shared) - (ranks.get(b) ?? Rank.shared));
  }
}

const Rank = { first: 0, browser: 1, long: 2, sharing: 3, rest: 4, longerThanItLooks: 5, shared: 6 } as const;

function rankOf({ moduleId, project }: TestSpecification): number {
  if (moduleId.includes('/test/browser/')) return Rank.browser;
  if (LONG.test(moduleId)) return Rank.long;
  if (project.name === 'shared') return LONGER_THAN_IT_LOOKS.test(moduleId) ? Rank.longerThanItLooks : Rank.shared;
  return readFileSync(moduleId, 'utf8').includes('sharedAppWorld(') ? Rank.sharing : Rank.rest;
}
