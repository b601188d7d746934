/** Sizes over time, oldest first, as a line without axes; the text beside it has the figures. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, n) => {
    const x = 2 + (n / (values.length - 1)) * 76;
    const y = high === low ? 11 : 20 - ((value - low) / (high - low)) * 18;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg className="sparkline" width="80" height="22" role="img" aria-label={label}>
      <polyline points={points.join(' ')} />
    </svg>
  );
}
