/**
 * Reads the command line. `--help` prints the usage; so does an argument that `read` rejects, with the reason.
 * @param read throws for an unknown option or an invalid value
 */
export function readCommandLine<Options>(usage: string, read: (args: string[]) => Options): Options {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(1);
  }
}

/** Parses a number. @throws for any other text */
export function numberOf(option: string, text: string, isRight: (value: number) => boolean, must: string): number {
  const value = Number(text);
  if (text.trim() !== '' && isRight(value)) return value;
  throw new Error(`${option} must be ${must}, not "${text}"`);
}
