import { expect, it } from 'vitest';
import { EXIT } from '../../../../clients/cli/exit-codes.ts';
import { readPage, sectionOf } from '../../../support/docs.ts';
import { runAt } from './terminal-of.ts';

const PAGE = readPage('docs/cli.md');

it('documents every exit code', () => {
  const documented = [...sectionOf(PAGE, 'Wait for it').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));

  expect(documented).toEqual(Object.values(EXIT));
});

/** Groups of commands, and the commands of each. */
async function groupsOf(): Promise<[group: string, names: string[]][]> {
  const { out } = await runAt('', ['--help']);
  const [usage = ''] = out.split('\n\n', 1);
  const groups = [...usage.matchAll(/^ +tidb-backup (\w+)(?: ([\w|]+))?/gm)];
  return groups.map(([, group = '', names = '']) => [group, names.split('|').filter((name) => name !== '')]);
}

it('documents every command', async () => {
  const groups = await groupsOf();
  const documented = sectionOf(PAGE, 'Commands');

  expect(groups.length).toBeGreaterThan(8);
  for (const [group, names] of groups.filter(([name]) => name !== 'completion')) {
    expect(documented).toContain(`\`${group}`);
    for (const name of names.filter((each) => each !== 'open')) expect(documented).toMatch(new RegExp(`\\b${name}\``));
  }
});

it('gives examples that are commands with flags of theirs', async () => {
  const commands = (await groupsOf()).flatMap(([group, names]) =>
    names.length === 0 ? [[group]] : names.map((name) => [group, name]),
  );
  let examples = 0;
  for (const words of commands) {
    const { out: help } = await runAt('', [...words, '--help']);
    const [text = ''] = (help.split('Examples:\n')[1] ?? '').split('\n\n');
    for (const [, line = ''] of text.matchAll(/^ {2}(\S.*)$/gm)) {
      examples += 1;
      expect(line, words.join(' ')).toMatch(new RegExp(`^tidb-backup ${words[0]}( |$)`));
      const named = line.split(' ').slice(1, 1 + words.length);
      if (words[1] !== 'open') expect(named, line).toEqual(words);
      const flags = [...line.matchAll(/ (--[\w-]+)/g)].map(([, name = '']) => name);
      expect(flags.filter((name) => !help.includes(name))).toEqual([]);
    }
  }
  expect(examples).toBeGreaterThan(40);
});
