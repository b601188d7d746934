/** A small, harmful change to the code that some test must notice. */
export interface Mutant {
  /** From the repository's root. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files, or parts of their paths, that should notice it. */
  readonly tests: readonly string[];
}

/** Mutants of one file that the same tests notice. */
export function mutantsOf(
  file: string,
  tests: readonly string[],
  ...changes: readonly (readonly [find: string, replace: string])[]
): Mutant[] {
  return changes.map(([find, replace]) => ({ file, find, replace, tests }));
}
