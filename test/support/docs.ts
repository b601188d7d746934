import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository root, with README and docs/. */
export const ROOT = join(import.meta.dirname, '../..');

/** A page of the documentation, by its path in the repository. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export interface Heading {
  readonly level: number;
  readonly title: string;
  /** Its line in the page, from 0. */
  readonly line: number;
}

/** The headings of a page, in order. Comments in code blocks do not count. */
export function headingsOf(markdown: string): Heading[] {
  let isCode = false;
  return markdown.split('\n').flatMap((text, line) => {
    if (text.startsWith('```')) isCode = !isCode;
    const [, marks, title] = (!isCode && /^(#{1,6}) (.+)$/.exec(text)) || [];
    return marks === undefined || title === undefined ? [] : [{ level: marks.length, title, line }];
  });
}

/**
 * The text below a heading, with its subsections.
 *
 * @throws if the page has no such heading
 */
export function sectionOf(markdown: string, title: string): string {
  const headings = headingsOf(markdown);
  const heading = headings.find((each) => each.title === title);
  if (heading === undefined) throw new Error(`the page has no heading "${title}"`);
  const next = headings.find(({ level, line }) => line > heading.line && level <= heading.level);
  return markdown
    .split('\n')
    .slice(heading.line + 1, next?.line)
    .join('\n');
}

/** GitHub's anchor for a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
