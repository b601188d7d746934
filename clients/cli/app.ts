import { buildApplication, buildRouteMap, type Command, ExitCode, type RouteMap, run, text_en } from '@stricli/core';
import type { Cli } from './command.ts';
import { backup } from './commands/backup.ts';
import { clusters } from './commands/clusters.ts';
import { config } from './commands/config.ts';
import { consoleCommands } from './commands/console.ts';
import { restore } from './commands/restore.ts';
import { retention } from './commands/retention.ts';
import { status } from './commands/status.ts';
import { strategy } from './commands/strategy.ts';
import { workflow } from './commands/workflow.ts';
import { COMPLETE, completion, completionLines } from './completion.ts';
import { EXIT, errorJson, errorText, exitCodeOf } from './exit-codes.ts';
import { type Surroundings, styleOf } from './terminal.ts';

const root = buildRouteMap<string, Cli>({
  routes: {
    status,
    clusters,
    backup,
    restore,
    strategy,
    retention,
    config,
    workflow,
    console: consoleCommands,
    completion,
  },
  docs: {
    brief: 'Backup and restore of TiDB clusters',
    fullDescription: `Backup and restore of TiDB clusters.

Name the deployment with --stack NAME or --endpoint URL, or set TIDB_BACKUP_STACK or TIDB_BACKUP_ENDPOINT.
Requests are signed with your AWS credentials; a deployment with tokens takes TIDB_BACKUP_TOKEN instead.

Examples:
  tidb-backup status
      shows the state of every cluster
  tidb-backup backup start orders --watch
      backs up a cluster and shows the progress
  tidb-backup restore start BACKUP --into staging --plan
      says what a restore would do, how long it takes and what it costs`,
  },
});

/** @param version printed by `--version` */
function createApp(version: string, args: readonly string[]) {
  const help = helpOf(args);
  const text = (error: unknown) =>
    args.includes('--json') ? JSON.stringify(errorJson(error, help), null, 2) : errorText(error, help);
  return buildApplication<Cli>(root, {
    name: 'tidb-backup',
    versionInfo: { currentVersion: version },
    documentation: { onlyRequiredInUsageLine: true, disableAnsiColor: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileRunningCommand: text,
        commandErrorResult: text,
        noCommandRegisteredForInput: (input) => `${text_en.noCommandRegisteredForInput(input)}\nnext: ${help}`,
        exceptionWhileParsingArguments: (...met) => `${text_en.exceptionWhileParsingArguments(...met)}\nnext: ${help}`,
      },
    },
    determineExitCode: exitCodeOf,
  });
}

/** The help that is nearest to the command line. */
function helpOf(args: readonly string[]): string {
  const words = ['tidb-backup'];
  let target: Command<Cli> | RouteMap<Cli> | undefined = root;
  for (const word of args) {
    target = 'getRoutingTargetForInput' in target ? target.getRoutingTargetForInput(word) : undefined;
    if (target === undefined) break;
    words.push(word);
  }
  return `see \`${words.join(' ')} --help\``;
}

/** Runs a command line. @returns its exit code */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
  version: string,
): Promise<number> {
  const app = createApp(version, args);
  if (args[0] === COMPLETE) {
    surroundings.stdout.write(await completionLines(app, args.slice(1), surroundings));
    return EXIT.ok;
  }
  const { red } = styleOf(surroundings.stderr, surroundings.env);
  const process = {
    stdout: surroundings.stdout,
    stderr: { write: (line: string) => void surroundings.stderr.write(red(line)) },
    env: surroundings.env,
    exitCode: undefined as number | undefined,
  };
  await run(app, args, { process, surroundings });
  return codeOf(process.exitCode ?? EXIT.ok);
}

/** stricli's own codes are negative. */
function codeOf(code: number): number {
  const isUsage = code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument;
  if (isUsage) return EXIT.usage;
  return code < 0 ? EXIT.refused : code;
}
