import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One per worker but the browser's: the files that synthesize the app and compile its functions. */
const BEFORE = 3;

/** Minutes, mostly waiting: started last, they would run alone. */
const LONG = /\/test\/(?:faults|integration\/app\/worker\.)/;

/**
 * Starts the long files early. The faults do not come first, since functions that are not yet compiled start too slowly for their fast
 * timers. Files that share a cloud follow each other, so that their worker finds it warm. Otherwise the order is Vitest's own: project by
 * project, for a worker that changes its project is started anew.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = sorted.filter(({ moduleId }) => !ranked(moduleId)).slice(0, BEFORE);
    const rank = (file: TestSpecification) => (first.includes(file) ? 0 : (ranked(file.moduleId) ?? 4));
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function ranked(path: string): number | undefined {
  if (path.includes('/test/browser/')) return 1;
  if (LONG.test(path)) return 2;
  return readFileSync(path, 'utf8').includes('sharedAppWorld(') ? 3 : undefined;
}
