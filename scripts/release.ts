import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { readCommandLine } from '../infra/local/command-line.ts';

const USAGE = `Usage: npm run release
  Tags the version in package.json, with its section of CHANGELOG.md as the message. Pushes nothing. It takes no options.`;

const packageJson = z.object({ version: z.string() });

/**
 * @param root of the repository
 * @returns the new tag
 * @throws if the tag exists, the changelog has nothing to say about the version, or something is not committed
 */
export function tagRelease(root: string): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const { version } = packageJson.parse(JSON.parse(read('package.json')));
  const tag = `v${version}`;
  if (git('tag', '--list', tag) !== '') throw new Error(`${tag} exists: raise the version in package.json`);
  const notes = notesOf(version, read('CHANGELOG.md'));
  if (git('status', '--porcelain') !== '') throw new Error('commit or stash your changes first');
  // Not git's default, which takes the headings for comments.
  git('tag', '--annotate', '--cleanup=whitespace', '--message', `${tag}\n\n${notes}`, tag);
  return tag;
}

/** The text of the version's section, which must have a date. */
function notesOf(version: string, changelog: string): string {
  const sections = changelog.split(/^(?=## )/m);
  const section = sections.find((each) => each.startsWith(`## [${version}] - `)) ?? '';
  const [, notes = ''] = /^## \S+ - \d{4}-\d\d-\d\d\n(.*)$/s.exec(section) ?? [];
  if (notes.trim() !== '') return notes.trim();
  throw new Error(`CHANGELOG.md needs a section "## [${version}] - YYYY-MM-DD" that says what changed`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  readCommandLine(USAGE, (args) => parseArgs({ args }));
  try {
    console.log(`tagged ${tagRelease(join(import.meta.dirname, '..'))}; publish it with \`git push --follow-tags\``);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
