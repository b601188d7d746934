import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

function sectionOf(title: string): string {
  const [, section = ''] = new RegExp(`\\n## ${title}\\n(.*?)\\n## `, 's').exec(README) ?? [];
  return section;
}

describe('the README', () => {
  it('names for each promise tests that are there', () => {
    const promises = sectionOf('What it promises')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);

    for (const promise of promises) {
      const tests = [...promise.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
      expect(tests, promise).not.toEqual([]);
      expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    }
    expect(promises.length).toBeGreaterThan(10);
  });

  it('links to headings and files that are there', () => {
    const headings = [...README.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    );

    for (const [, target = ''] of README.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(headings).toContain(target.slice(1));
      else expect(existsSync(join(ROOT, target)), target).toBe(true);
    }
  });
});
