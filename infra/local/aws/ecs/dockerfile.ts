import * as z from 'zod';

/** What says how the image is made, and nothing about how its process runs here: no container, so no user and no folder of its own. */
const OF_THE_IMAGE = new Set(['FROM', 'WORKDIR', 'COPY', 'USER']);

const execFormSchema = z.array(z.string()).min(1);

/**
 * The process that a container of this image is.
 * @throws for an instruction that cannot be followed without a container, and for a `CMD` in shell form: a shell as the first
 * process hands no SIGTERM on
 */
export function commandOf(dockerfile: string): string[] {
  let command: string[] | undefined;
  for (const line of dockerfile.split('\n')) {
    const [, instruction = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === '' || OF_THE_IMAGE.has(instruction.toUpperCase())) continue;
    if (instruction.toUpperCase() !== 'CMD')
      throw new Error(`the local cloud follows no ${instruction} of a Dockerfile`);
    command = execForm(rest);
  }
  if (command === undefined) throw new Error('the Dockerfile has no CMD');
  return command;
}

function execForm(text: string): string[] {
  try {
    return execFormSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`the CMD of a Dockerfile must be in exec form, ["program", "argument", …], not ${text}`, { cause });
  }
}
