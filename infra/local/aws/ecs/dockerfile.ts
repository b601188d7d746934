import * as z from 'zod';

/**
 * Instructions that say how the image is built but do not affect how its process runs here: there is no container, so no user and no
 * working directory.
 */
const OF_THE_IMAGE = new Set(['FROM', 'WORKDIR', 'COPY', 'USER']);

const execFormSchema = z.array(z.string()).min(1);

/**
 * The process that a container of this image runs.
 * @throws for an instruction that needs a container, and for a `CMD` in shell form: a shell as first process does not pass SIGTERM on
 */
export function commandOf(dockerfile: string): string[] {
  let command: string[] | undefined;
  for (const line of dockerfile.split('\n')) {
    const [, instruction = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === '' || OF_THE_IMAGE.has(instruction.toUpperCase())) continue;
    if (instruction.toUpperCase() !== 'CMD')
      throw new Error(`the local cloud does not support the instruction ${instruction} in a Dockerfile`);
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
