/** One measured figure. It is within its budget when it is at most `budget`; without one it only informs. */
export interface Figure {
  readonly section: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: number;
}

export function isOverBudget({ value, budget }: Figure): boolean {
  // NaN is a figure that could not be measured: never within its budget.
  return budget !== undefined && !(value <= budget);
}

/** The figures as people read them, a section at a time. */
export function formatFigures(figures: readonly Figure[]): string {
  const lines: string[] = [];
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const [index, figure] of figures.entries()) {
    if (figure.section !== figures[index - 1]?.section) lines.push('', figure.section);
    const value = `${formatNumber(figure.value)} ${figure.unit}`.padStart(16);
    const verdict = isOverBudget(figure) ? 'OVER' : 'ok';
    const budget = figure.budget === undefined ? '' : `  budget ${formatNumber(figure.budget).padStart(5)}  ${verdict}`;
    lines.push(`  ${figure.name.padEnd(width)} ${value}${budget}`);
  }
  return lines.join('\n');
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
