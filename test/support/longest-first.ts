import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One per worker: the files that it starts synthesize the app and compile its functions. */
const BEFORE = 3;

/**
 * Starts the faults early, which take minutes, mostly waiting: started last, they would run alone. Not first, since functions that are not
 * yet compiled start too slowly for their fast timers. Otherwise the order is Vitest's own.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/faults/');
    const others = sorted.filter((file) => !isLong(file));
    return [...others.slice(0, BEFORE), ...sorted.filter(isLong), ...others.slice(BEFORE)];
  }
}
