import { describe, expect, it } from 'vitest';
import { commandOf } from '../../../infra/local/aws/ecs/dockerfile.ts';

describe('the command of a Dockerfile', () => {
  it('is the last CMD, whatever the other instructions say', () => {
    const dockerfile = `
# A comment; CMD ["not", "this"]
FROM node:24-slim
WORKDIR /app
COPY worker.mjs ./
USER node
CMD ["node", "first.mjs"]
cmd ["node", "worker.mjs", "--flag=a b"]
`;

    expect(commandOf(dockerfile)).toEqual(['node', 'worker.mjs', '--flag=a b']);
  });

  it.each([
    ['in shell form, which does not pass on SIGTERM', 'CMD node worker.mjs', 'must be in exec form'],
    ['of nothing', 'CMD []', 'must be in exec form'],
    ['that is not there', 'FROM node:24-slim', 'has no CMD'],
  ])('is refused %s', (_case, dockerfile, problem) => {
    expect(() => commandOf(dockerfile)).toThrow(problem);
  });

  it.each(['RUN npm ci', 'ENTRYPOINT ["node"]', 'ENV A=b', 'STOPSIGNAL SIGINT'])('%s is not supported', (line) => {
    expect(() => commandOf(`FROM node:24-slim\n${line}\nCMD ["node"]`)).toThrow(
      `the instruction ${line.split(' ')[0]} `,
    );
  });
});
