import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tagRelease } from '../../scripts/release.ts';

const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-03-01\n\n### Added\n\n- A thing.\n\n## [1.1.0] - 2026-02-01\n\n- Old.\n';

describe('tagging a release', () => {
  let root: string;
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const commit = (version: string, changelog: string) => {
    writeFileSync(join(root, 'package.json'), JSON.stringify({ version }));
    writeFileSync(join(root, 'CHANGELOG.md'), changelog);
    git('add', '.');
    git('commit', '--quiet', '--message', 'a change');
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'release-'));
    git('init', '--quiet');
    git('config', 'user.name', 'A Contributor');
    git('config', 'user.email', 'contributor@example.com');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('tags the version with its part of the changelog, including headings', () => {
    commit('1.2.0', CHANGELOG);

    expect(tagRelease(root)).toBe('v1.2.0');
    expect(git('tag', '--list', '--format=%(contents)').trim()).toBe('v1.2.0\n\n### Added\n\n- A thing.');
  });

  it('refuses a version that already has a tag', () => {
    commit('1.2.0', CHANGELOG);
    tagRelease(root);

    expect(() => tagRelease(root)).toThrow('v1.2.0 exists: raise the version in package.json');
  });

  it.each([
    ['no section', '## [Unreleased]\n\n- A thing.\n'],
    ['no date', '## [1.2.0]\n\n- A thing.\n'],
    ['no text', '## [1.2.0] - 2026-03-01\n\n## [1.1.0] - 2026-02-01\n\n- Old.\n'],
  ])('refuses a version for which the changelog has %s', (_what, changelog) => {
    commit('1.2.0', changelog);

    expect(() => tagRelease(root)).toThrow('CHANGELOG.md needs a section "## [1.2.0] - YYYY-MM-DD"');
  });

  it('refuses uncommitted changes', () => {
    commit('1.2.0', CHANGELOG);
    writeFileSync(join(root, 'forgotten.ts'), '');

    expect(() => tagRelease(root)).toThrow('commit or stash your changes first');
  });
});
