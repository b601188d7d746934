import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Starts with the faults, which take minutes, most of them waiting: begun last, they would run alone. Apart from them, the
 * order is Vitest's own.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/faults/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
