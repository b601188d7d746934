import { spawn } from 'node:child_process';
import { buildRouteMap } from '@stricli/core';
import { command, flag } from '../command.ts';
import { connect, stackOutputs } from '../connection.ts';
import { consoleFiles } from '../console-files.ts';
import { publishConsole } from '../console-publish.ts';
import { startConsole } from '../console-server.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { isInteractive } from '../prompts.ts';

const open = command({
  brief: 'Serve the web console on this machine, and sign its requests with your credentials',
  description: `Serve the web console on 127.0.0.1, and sign its requests to the API with your credentials. The address that it prints contains a
token that lets one browser in, once. It stops on Ctrl-C, or after an hour without a request.`,
  examples: [
    ['console --stack tidb-backup', 'opens the console of a deployment with IAM authorization'],
    ['console --port 8088 --no-open', 'uses a port of your choice and opens no browser'],
  ],
  flags: { port: flag.number('Port. Defaults to a free one', 'PORT'), noOpen: flag.yes('Do not open a browser') },
  async run(session, flags) {
    const { surroundings, connection: named } = session;
    const [connection, files] = [await connect(named, surroundings.env), await consoleFiles(session)];
    const server = await startConsole({ connection, files, port: flags.port ?? 0 }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        throw new CommandError(EXIT.usage, `port ${flags.port} is in use`, 'choose another one, or omit --port');
      },
    );
    session.print({ url: server.url }, () => [server.url]);
    if (!flags.noOpen && isInteractive(surroundings)) openBrowser(server.url);
    await server.ended;
    session.note('stopped after an hour without a request');
  },
});

const publish = command({
  brief: 'Upload the web console to the bucket of a deployment with `console: true`',
  examples: [['console publish --stack tidb-backup', 'after the first deployment and after each upgrade']],
  async run(session) {
    const { surroundings, connection } = session;
    const outputs = await stackOutputs(connection, surroundings.env);
    const url = outputs.required('ConsoleUrl');
    const files = await publishConsole({ files: await consoleFiles(session), outputs, profile: connection.profile });
    session.print({ files, url }, () => [`${files} files have been uploaded`, `next: open ${url}`]);
  },
});

function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  // Without a browser, the printed address is enough.
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

export const consoleCommands = buildRouteMap({
  routes: { open, publish },
  defaultCommand: 'open',
  docs: { brief: 'The web console' },
});
