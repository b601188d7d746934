import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AREAS } from '../mutants/areas.ts';

it.each(Object.entries(AREAS))('the text of each mutant of %s occurs in its file', (_, mutants) => {
  const stale = mutants.filter(({ file, find }) => !readFileSync(file, 'utf8').includes(find));

  expect(stale.map(({ file, find }) => `${file}: ${find}`)).toEqual([]);
});

it.each(Object.entries(AREAS))('the files and tests of the mutants of %s exist', (_, mutants) => {
  const paths = mutants.flatMap(({ file, tests }) => [file, ...tests.filter((test) => test.endsWith('.ts'))]);

  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
