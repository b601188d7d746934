import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** As many as there are workers: what they start synthesizes the app and compiles its functions. */
const BEFORE = 3;

/**
 * Starts early with the faults, which take minutes, most of them waiting: begun last, they would run alone. Not at once, because
 * functions that nobody has compiled yet start too slowly for their hastened timers. Apart from them, the order is Vitest's own.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/faults/');
    const others = sorted.filter((file) => !isLong(file));
    return [...others.slice(0, BEFORE), ...sorted.filter(isLong), ...others.slice(BEFORE)];
  }
}
