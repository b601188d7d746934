import { expect, it } from 'vitest';
import { EXIT } from '../../../../clients/cli/exit-codes.ts';
import { readPage, sectionOf } from '../../../support/docs.ts';
import { runAt } from './terminal-of.ts';

const PAGE = readPage('docs/cli.md');

it('documents every exit code', () => {
  const documented = [...sectionOf(PAGE, 'Wait for it').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));

  expect(documented).toEqual(Object.values(EXIT));
});

it('documents every command', async () => {
  const { out } = await runAt('', ['--help']);
  const [usage = ''] = out.split('\n\n', 1);
  const groups = [...usage.matchAll(/^ +tidb-backup (\w+)(?: ([\w|]+))?/gm)];
  const documented = sectionOf(PAGE, 'Commands');

  expect(groups.length).toBeGreaterThan(8);
  for (const [, group = '', subcommands = ''] of groups.filter(([, name]) => name !== 'completion')) {
    expect(documented).toContain(`\`${group}`);
    for (const name of subcommands.split('|').filter((each) => each !== '' && each !== 'open'))
      expect(documented).toMatch(new RegExp(`\\b${name}\``));
  }
});
