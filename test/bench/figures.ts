import { availableParallelism, totalmem } from 'node:os';

/** One measured figure. It is within its budget if it is at most `budget`; without one it is only informative. */
export interface Figure {
  readonly section: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: number;
  /** A lower bound that it cannot beat. */
  readonly floor?: number;
}

export function isOverBudget({ value, budget }: Figure): boolean {
  // NaN is a figure that could not be measured: never within its budget.
  return budget !== undefined && !(value <= budget);
}

/** Its name in a row; the unit distinguishes figures of the same name. */
function nameOf({ section, name, unit }: Figure): string {
  return [`${section}: ${name}`, unit].filter(Boolean).join(', ');
}

const HEADINGS = ['figure', 'budget', 'before', 'now', 'floor', ''];

/** All figures in one Markdown table. @param before values of an earlier run, by the figures' names */
export function figureTable(figures: readonly Figure[], before: ReadonlyMap<string, string>): string {
  const rows = figures.map((figure) => [
    nameOf(figure),
    formatNumber(figure.budget),
    before.get(nameOf(figure)) ?? '',
    formatNumber(figure.value),
    formatNumber(figure.floor),
    isOverBudget(figure) ? 'OVER' : '',
  ]);
  const lines = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  return [format(head), rule, ...body.map(format)].join('\n');
}

/** The column `now` of a page made by {@link performancePage}, by the figures' names. */
export function figuresOf(page: string): Map<string, string> {
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  return new Map(
    rows.slice(2).map((row) => {
      const [, figure = '', , , now = ''] = row.split('|').map((cell) => cell.trim());
      return [figure, now];
    }),
  );
}

/** `docs/performance.md`. */
export function performancePage(figures: readonly Figure[], before: ReadonlyMap<string, string>): string {
  const [date] = new Date().toISOString().split('T');
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  return `# Performance

\`npm run bench -- --keep\` writes this page; the last run was on ${date} (${machine}). *Before* is the run before it, *floor* what a figure
cannot be better than. The bench fails if a figure is over its budget.

CPU to import a bundle is measured above that of a bare Node, relative to a bundle of the libraries that most such functions import
(\`test/bench/reference-handler.ts\`), so that the machine's speed does not matter.

${figureTable(figures, before)}
`;
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return '';
  return Number.isInteger(value) || value >= 1_000 ? value.toFixed() : value.toPrecision(3);
}
