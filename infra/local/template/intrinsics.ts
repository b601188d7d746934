import type { StackEnvironment, Template } from './template.ts';

/** What other resources see of a resource: `Ref` and `Fn::GetAtt`. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Replaces the intrinsic functions in a value of the template. */
export type Resolve = (value: unknown) => unknown;

/** The value of `Ref: AWS::NoValue`: the property or element that holds it is left out. */
const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown) => unknown;

/**
 * Creates a template's resolver. `identityOf` is called for referenced resources. Throws an error that names any unknown intrinsic
 * function, resource or attribute, or a parameter without a default.
 */
export function createResolver(
  template: Template,
  environment: StackEnvironment,
  identityOf: (logicalId: string) => ResourceIdentity,
): Resolve {
  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': environment.accountId,
    'AWS::Region': environment.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': environment.stackName,
    'AWS::StackId': `arn:aws:cloudformation:${environment.region}:${environment.accountId}:stack/${environment.stackName}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': NO_VALUE,
  };

  const ref = (name: string): unknown => {
    if (Object.hasOwn(pseudoParameters, name)) return pseudoParameters[name];
    if (Object.hasOwn(template.Parameters, name)) {
      const value = template.Parameters[name]?.Default;
      if (value === undefined) throw new Error(`parameter ${name} has no default, and the local cloud passes no value`);
      return value;
    }
    return identityOf(name).ref;
  };

  const attribute = (logicalId: string, name: string): string => {
    const value = identityOf(logicalId).attributes[name];
    if (value === undefined) throw new Error(`the local cloud does not know attribute ${name} of ${logicalId}`);
    return value;
  };

  const resolveList = (value: unknown): unknown[] => {
    const resolved = resolve(value);
    if (!Array.isArray(resolved)) throw new Error(`expected a list, got ${JSON.stringify(value)}`);
    return resolved;
  };

  const condition = (name: unknown): boolean => {
    const expression = typeof name === 'string' ? template.Conditions[name] : undefined;
    if (expression === undefined) throw new Error(`condition ${String(name)} is not in the template`);
    return resolve(expression) === true;
  };

  const intrinsics: Readonly<Record<string, Intrinsic>> = {
    Ref: (name) => ref(String(name)),
    Condition: condition,
    'Fn::GetAtt': (argument) => {
      const [logicalId = '', name = ''] = typeof argument === 'string' ? splitOnce(argument, '.') : asStrings(argument);
      return attribute(logicalId, name);
    },
    'Fn::Join': (argument) => {
      const [separator, parts] = asList(argument);
      return resolveList(parts).map(String).join(String(separator));
    },
    'Fn::Sub': (argument) => {
      const [text, variables] = typeof argument === 'string' ? [argument, {}] : asList(argument);
      const known = asRecord(resolve(variables));
      return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
        if (literal === '!') return `\${${name}}`;
        if (Object.hasOwn(known, name)) return String(known[name]);
        const [logicalId = '', attributeName] = splitOnce(name, '.');
        return String(attributeName === undefined ? ref(logicalId) : attribute(logicalId, attributeName));
      });
    },
    'Fn::Select': (argument) => {
      const [index, list] = asList(argument);
      return resolveList(list)[Number(resolve(index))];
    },
    'Fn::Split': (argument) => {
      const [separator, text] = asList(argument);
      return String(resolve(text)).split(String(separator));
    },
    'Fn::If': (argument) => {
      const [name, whenTrue, whenFalse] = asList(argument);
      return resolve(condition(name) ? whenTrue : whenFalse);
    },
    'Fn::Equals': (argument) => {
      const [left, right] = resolveList(argument);
      return JSON.stringify(left) === JSON.stringify(right);
    },
    'Fn::And': (argument) => resolveList(argument).every((value) => value === true),
    'Fn::Or': (argument) => resolveList(argument).includes(true),
    'Fn::Not': (argument) => resolveList(argument)[0] !== true,
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((element) => element !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      const [name, argument] = only;
      const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
      if (intrinsic !== undefined) return intrinsic(argument);
      if (name.startsWith('Fn::')) throw new Error(`the local cloud does not know the intrinsic function ${name}`);
    }
    return Object.fromEntries(
      entries.map(([key, member]) => [key, resolve(member)]).filter(([, member]) => member !== NO_VALUE),
    );
  };

  return resolve;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function asList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`expected a list of arguments, got ${JSON.stringify(value)}`);
  return value;
}

function asStrings(value: unknown): string[] {
  return asList(value).map(String);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
