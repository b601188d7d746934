import { printable } from './format.ts';

export type Row = readonly (string | number | undefined)[];

/** Columns as wide as their widest value, two spaces apart. */
export function table(headers: readonly string[], rows: readonly Row[], bold: (text: string) => string): string[] {
  const cells = rows.map((row) => row.map((value) => printable(String(value ?? ''))));
  const widths = headers.map((header, n) => Math.max(header.length, ...cells.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((value, n) => value.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd();
  return [bold(line(headers)), ...cells.map(line)];
}

/** Names and values, one pair per line; pairs without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | number | undefined])[]): string[] {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`);
}
