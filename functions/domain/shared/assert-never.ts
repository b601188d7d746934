/** Ends an exhaustive `switch`: a new member of the union fails the type check until it is handled. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
