/** Ends an exhaustive `switch`: a new member of the union that is not handled no longer typechecks. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
