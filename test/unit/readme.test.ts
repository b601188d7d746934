import { existsSync, globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_VALUE_SCHEMAS } from '../../functions/domain/config/system-config.ts';
import { METRICS } from '../../functions/domain/events/metrics.ts';
import { FLOWS } from '../../functions/domain/workflow/workflow.ts';
import { anchorOf, headingsOf, ROOT, readPage, sectionOf } from '../support/docs.ts';

const PAGES = globSync(['*.md', 'docs/**/*.md', 'infra/**/*.md', '.github/**/*.md'], { cwd: ROOT });

/** Targets of links in the text, not in code. */
function linksOf(page: string): string[] {
  const text = readPage(page).replace(/^```.*?^```/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Names in backticks in a part of the documentation. */
function namesIn(page: string, section: string): Set<string> {
  const text = sectionOf(readPage(page), section);
  return new Set([...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

function isBroken(page: string, target: string): boolean {
  if (/^https?:/.test(target)) return false;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return true;
  return anchor !== undefined && !headingsOf(readPage(file)).some(({ title }) => anchorOf(title) === anchor);
}

describe('the README', () => {
  it('takes no more than 10 KB', () => {
    expect(Buffer.byteLength(readPage('README.md'))).toBeLessThanOrEqual(10_240);
  });

  it('links to every page of the documentation', () => {
    const links = linksOf('README.md').map((target) => target.split('#')[0]);
    const pages = globSync('docs/*.md', { cwd: ROOT });

    expect(pages.filter((page) => !links.includes(page))).toEqual([]);
  });
});

describe('the documentation', () => {
  it.each(PAGES)('has only links that resolve: %s', (page) => {
    expect(linksOf(page).filter((target) => isBroken(page, target))).toEqual([]);
  });

  it('has pictures of 100 KB at most, and 2 MB in all', () => {
    const sizes = globSync('docs/images/*', { cwd: ROOT }).map((file) => statSync(join(ROOT, file)).size);

    expect(Math.max(...sizes)).toBeLessThanOrEqual(102_400);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * 1_048_576);
  });

  it.each([
    ['key of the configuration', Object.keys(CONFIG_VALUE_SCHEMAS), 'docs/operations.md', 'Operations'],
    ['metric', Object.keys(METRICS), 'docs/operations.md', 'Metrics and events'],
    ['workflow', Object.keys(FLOWS), 'docs/architecture.md', 'Architecture'],
  ])('names every %s', (_what, names, page, section) => {
    const documented = namesIn(page, section);

    expect(names.filter((name) => !documented.has(name))).toEqual([]);
  });

  it('names existing tests for each promise', () => {
    const promises = sectionOf(readPage('CONTRIBUTING.md'), 'What it promises')
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
});
