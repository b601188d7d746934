/**
 * The part of `aws` that the documentation uses, for machines without it: actions of the JSON protocol, `dynamodb wait table-exists` and
 * `lambda create-event-source-mapping`, with `--query` by names and indexes, at the endpoints in `AWS_ENDPOINT_URL_…`.
 */
import { setTimeout as delay } from 'node:timers/promises';

const TARGETS: Readonly<Record<string, string>> = { dynamodb: 'DynamoDB_20120810', kms: 'TrentService' };

const [service = '', command = '', ...rest] = process.argv.slice(2);
const [operation, given] = command === 'wait' ? [rest[0] ?? '', rest.slice(1)] : [command, rest];
const { query, output: _, ...input } = optionsOf(given);

const answer = command === 'wait' ? await waitFor(operation, input) : await send(pascal(operation), input);
if (query === undefined) console.log(JSON.stringify(answer, undefined, 2));
else console.log(String(pathIn(answer, String(query))));

function optionsOf(words: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at += 1) {
    const [name = '', next] = [words[at], words[at + 1]];
    if (!name.startsWith('--')) throw new Error(`${name}: an option was expected`);
    const isFlag = next === undefined || next.startsWith('--');
    const key = name.slice(2);
    if (key === 'query' || key === 'output') options[key] = next;
    else if (isFlag) options[pascal(key.replace(/^no-/, ''))] = !key.startsWith('no-');
    else options[pascal(key)] = parsed(next);
    if (!isFlag) at += 1;
  }
  return options;
}

/** A number, a boolean, the shorthand `Name=value,…`, or text. */
function parsed(text: string): unknown {
  if (/^\d+$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^[A-Z]\w+=/.test(text)) return text;
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, parsed(value)]));
}

async function send(action: string, body: object): Promise<unknown> {
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? '';
  const target = TARGETS[service];
  const url = target === undefined ? `${endpoint}/2015-03-31/event-source-mappings/` : endpoint;
  const headers: Record<string, string> = target === undefined ? {} : { 'x-amz-target': `${target}.${action}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`An error occurred when calling the ${action} operation: ${text}`);
  return JSON.parse(text || '{}');
}

async function waitFor(what: string, body: object): Promise<void> {
  if (what !== 'table-exists') throw new Error(`cannot wait for ${what}`);
  while (pathIn(await send('DescribeTable', body), 'Table.TableStatus') !== 'ACTIVE') await delay(50);
}

/** `A.B`, `A[0].B` or `A[-1].B` */
function pathIn(value: unknown, path: string): unknown {
  return [...path.matchAll(/\w+|\[-?\d+\]/g)].reduce<unknown>((at, [name]) => {
    const index = /^\[(-?\d+)\]$/.exec(name)?.[1];
    if (index !== undefined) return Array.isArray(at) ? at.at(Number(index)) : undefined;
    return typeof at === 'object' && at !== null ? Object.entries(at).find(([key]) => key === name)?.[1] : undefined;
  }, value);
}

function pascal(words: string): string {
  return words.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
