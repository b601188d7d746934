import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AREAS } from '../mutants/areas.ts';

it.each(Object.entries(AREAS))(
  'the mutants of %s are of files that are there, and so are their tests',
  (_, mutants) => {
    const paths = mutants.flatMap(({ file, tests }) => [file, ...tests.filter((test) => test.endsWith('.ts'))]);

    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  },
);
