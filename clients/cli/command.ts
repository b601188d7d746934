import { type BaseFlags, buildCommand, type Command, type CommandContext } from '@stricli/core';
import { isIdKind, knownIds } from './known-ids.ts';
import { Session } from './session.ts';
import type { Surroundings } from './terminal.ts';

/** What stricli passes to a command. */
export interface Cli extends CommandContext {
  readonly surroundings: Surroundings;
  /** Of a line that is being completed: what has been typed so far. */
  readonly words?: readonly string[];
}

/** A flag in stricli's form, with the type of its value. */
interface Flag<T> {
  readonly parameter: object;
  /** Only for the compiler. */
  readonly type?: () => T;
}

interface Argument<T extends string | undefined> {
  readonly parameter: object;
  readonly type?: () => T;
}

/** Completes ids, by the placeholder of what takes one. */
function proposing(kind: string) {
  if (!isIdKind(kind)) return {};
  return {
    proposeCompletions(this: Cli, partial: string) {
      return knownIds(kind, partial, this);
    },
  };
}

const text = (brief: string, placeholder: string) => ({
  ...{ kind: 'parsed', parse: String, brief, placeholder },
  ...proposing(placeholder.toLowerCase()),
});

/** Kinds of flags; all are optional. */
export const flag = {
  text: (brief: string, placeholder = 'text'): Flag<string | undefined> => ({
    parameter: { ...text(brief, placeholder), optional: true },
  }),
  texts: (brief: string, placeholder = 'text'): Flag<readonly string[] | undefined> => ({
    parameter: { ...text(brief, placeholder), optional: true, variadic: true },
  }),
  number: (brief: string, placeholder = 'N'): Flag<number | undefined> => ({
    parameter: { kind: 'parsed', parse: wholeNumber, brief, placeholder, optional: true },
  }),
  yes: (brief: string): Flag<boolean | undefined> => ({
    parameter: { kind: 'boolean', brief, optional: true, withNegated: false },
  }),
  choice: <const T extends string>(brief: string, values: readonly T[]): Flag<T | undefined> => ({
    parameter: { kind: 'enum', values, brief, optional: true },
  }),
};

export const argument = (placeholder: string, brief: string): Argument<string> => ({
  parameter: { parse: String, placeholder, brief, ...proposing(placeholder) },
});

export const optionalArgument = (placeholder: string, brief: string): Argument<string | undefined> => ({
  parameter: { parse: String, placeholder, brief, optional: true, ...proposing(placeholder) },
});

function wholeNumber(input: string): number {
  const value = Number(input);
  if (/^\d+$/.test(input) && Number.isSafeInteger(value)) return value;
  throw new Error('must be a whole number');
}

/** Where the API is, and how to print the answer. */
const COMMON = {
  stack: flag.text('The deployment, by its CloudFormation stack (TIDB_BACKUP_STACK)', 'NAME'),
  endpoint: flag.text('The deployment, by its output ApiUrl (TIDB_BACKUP_ENDPOINT)', 'URL'),
  profile: flag.text('Profile of the AWS configuration (AWS_PROFILE)', 'NAME'),
  region: flag.text('AWS region (AWS_REGION)', 'NAME'),
  token: flag.text('Bearer token, if the deployment requires one; prefer TIDB_BACKUP_TOKEN', 'JWT'),
  json: flag.yes('Write JSON for programs'),
};

/** For every command that changes something. */
export const CHANGE = { plan: flag.yes('Say what would happen without changing anything') };

/** For every change that cannot be undone. */
export const DESTRUCTIVE = { ...CHANGE, yes: flag.yes('Do not ask for confirmation') };

/** For every command that starts a workflow. */
export const WAITING = {
  wait: flag.yes('Return when it has ended; the exit code says how'),
  watch: flag.yes('Show its progress until it has ended; the exit code says how'),
  timeout: flag.number('Stop waiting after this many seconds; the operation continues', 'SECONDS'),
};

type Flags = Readonly<Record<string, Flag<unknown>>>;
type ValuesOf<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };
type TextsOf<A extends readonly Argument<string | undefined>[]> = {
  [K in keyof A]: A[K] extends Argument<infer T> ? T : never;
};

interface Definition<F extends Flags, A extends readonly Argument<string | undefined>[]> {
  readonly brief: string;
  readonly description?: string;
  /** Command lines without the program's name, each with its purpose. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly flags?: F;
  readonly arguments?: A;
  run(session: Session, flags: ValuesOf<F>, ...args: TextsOf<A>): Promise<void>;
}

const ALIASES = { w: 'watch', y: 'yes' };

/** A command of the API. */
export function command<
  F extends Flags = Record<never, never>,
  const A extends readonly Argument<string | undefined>[] = [],
>({ brief, description, examples, flags, arguments: args, run }: Definition<F, A>): Command<Cli> {
  const all: Flags = { ...flags, ...COMMON };
  const names = new Map(Object.keys(all).map((name) => [kebab(name), name]));
  const parameters = {
    flags: Object.fromEntries(Object.entries(all).map(([name, { parameter }]) => [kebab(name), parameter])),
    aliases: Object.fromEntries(Object.entries(ALIASES).filter(([, name]) => name in all)),
    positional: { kind: 'tuple', parameters: (args ?? []).map(({ parameter }) => parameter) },
  };
  return buildCommand<BaseFlags, string[], Cli>({
    async func(given, ...texts) {
      const values = Object.fromEntries(Object.entries(given).map(([flag, value]) => [names.get(flag) ?? flag, value]));
      await run(new Session(this.surroundings, values), values as ValuesOf<F>, ...(texts as TextsOf<A>));
    },
    // `flag` and `argument` create nothing else.
    parameters: parameters as object as Parameters<typeof buildCommand<BaseFlags, string[], Cli>>[0]['parameters'],
    docs: {
      brief,
      fullDescription: [description ?? `${brief}.`, ...examplesText(examples)].join('\n'),
    },
  });
}

/** As flags are typed. stricli could do it, but would look for the name nearest to a mistyped one in camel case. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function examplesText(examples: readonly (readonly [string, string])[]): string[] {
  return examples.length === 0
    ? []
    : ['', 'Examples:', ...examples.map(([line, does]) => `  tidb-backup ${line}\n      ${does}`)];
}
