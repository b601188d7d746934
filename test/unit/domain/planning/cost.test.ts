import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type Cost,
  costOf,
  type Usage,
  usageOfBackup,
  usageOfDeletion,
  usageOfRestore,
} from '../../../../functions/domain/planning/cost.ts';
import {
  LIST_PRICES_USD,
  PRICES_AS_OF,
  PRICES_REGION,
  type PricedUnit,
} from '../../../../functions/domain/planning/list-prices.ts';

const GIB = 1024 ** 3;
const UNITS = Object.keys(LIST_PRICES_USD) as PricedUnit[];

const usages: fc.Arbitrary<Usage> = fc.record(
  Object.fromEntries(UNITS.map((unit) => [unit, fc.integer({ min: 0, max: 1_000_000_000 })])),
  { requiredKeys: [] },
);

const backup = (change: Partial<Parameters<typeof usageOfBackup>[0]> = {}): Cost =>
  costOf(usageOfBackup({ executor: 'lambda', seconds: 300, sizeBytes: String(100 * GIB), isOnS3: true, ...change }));

describe('what usage costs', () => {
  test('is 2.30 dollars a month for 100 GB on S3, and nothing is counted twice', () => {
    expect(costOf({ s3GbMonth: 100 })).toEqual({
      onceUsd: 0,
      perMonthUsd: 2.3,
      parts: [{ unit: 's3GbMonth', quantity: 100, usd: 2.3 }],
      pricesRegion: PRICES_REGION,
      pricesAsOf: PRICES_AS_OF,
    });
  });

  it('lists the parts of the sum, to a millionth of a dollar', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const { onceUsd, perMonthUsd, parts } = costOf(usage);
        const sum = parts.reduce((usd, part) => usd + part.usd, 0);
        expect(Math.abs(onceUsd + perMonthUsd - sum)).toBeLessThan(1e-6 * (UNITS.length + 1));
        for (const { unit, quantity } of parts) expect(quantity).toBe(usage[unit]);
      }),
    );
  });

  it('never decreases when more is used', () => {
    fc.assert(
      fc.property(usages, fc.constantFrom(...UNITS), (usage, unit) => {
        const [less, more] = [costOf(usage), costOf({ ...usage, [unit]: (usage[unit] ?? 0) + 1_000_000 })];
        expect(more.onceUsd).toBeGreaterThanOrEqual(less.onceUsd);
        expect(more.perMonthUsd).toBeGreaterThanOrEqual(less.perMonthUsd);
      }),
    );
  });
});

describe('what an operation costs', () => {
  test('a backup outside S3 only costs its work', () => {
    const cost = backup({ isOnS3: false });
    expect(cost.perMonthUsd).toBe(0);
    expect(cost.parts.map(({ unit }) => unit)).not.toContain('s3Put');
    expect(cost.onceUsd).toBeGreaterThan(0);
  });

  test("a worker's hour costs a cent, ten minutes of a function's waiting less", () => {
    const [hour, tenMinutes] = [
      backup({ executor: 'fargate', seconds: 3_600, isOnS3: false }),
      backup({ seconds: 600, isOnS3: false }),
    ];
    expect(hour.onceUsd).toBeCloseTo(0.01, 2);
    expect(tenMinutes.onceUsd).toBeLessThan(hour.onceUsd);
    const quantityOf = (wanted: string) => hour.parts.find(({ unit }) => unit === wanted)?.quantity;
    // A task is up for a minute before it starts work.
    expect(quantityOf('fargateVcpuHour')).toBeCloseTo((0.25 * 3_660) / 3_600, 6);
    expect(quantityOf('fargateGbHour')).toBeCloseTo((0.5 * 3_660) / 3_600, 6);
    expect(tenMinutes.parts.map(({ unit }) => unit)).not.toContain('fargateVcpuHour');
  });

  test('a restore reads, and leaves nothing to pay', () => {
    const sizesBytes = [String(100 * GIB), String(GIB)];
    const { perMonthUsd, parts } = costOf(
      usageOfRestore({ executor: 'lambda', seconds: 60, sizesBytes, isOnS3: true }),
    );
    expect(perMonthUsd).toBe(0);
    expect(parts.find(({ unit }) => unit === 's3Get')?.quantity).toBe(Math.ceil((3 * 101 * 1024) / 5));
  });

  test("a deletion saves the backup's monthly cost", () => {
    const sizeBytes = String(100 * GIB);
    const gone = costOf(usageOfDeletion([{ sizeBytes, isOnS3: true, files: 5_000 }]));
    expect(gone.perMonthUsd).toBe(-backup({ sizeBytes }).perMonthUsd);
    expect(gone.onceUsd).toBeLessThan(0.001);
    expect(costOf(usageOfDeletion([])).parts).toEqual([]);
    expect(costOf(usageOfDeletion([{ sizeBytes, isOnS3: false }])).perMonthUsd).toBe(0);
  });
});

describe('a second copy', () => {
  const copy = { bucket: 'copy', region: 'eu-west-1', storageClass: 'GLACIER_IR' } as const;
  const quantities = ({ parts }: Cost) => Object.fromEntries(parts.map(({ unit, quantity }) => [unit, quantity]));

  it('costs its transfer, its requests, and its own storage class each month', () => {
    const [alone, both] = [quantities(backup()), quantities(backup({ copy }))];

    expect(both).toEqual({ ...alone, s3ReplicatedGb: 100, s3GlacierIrPut: 3_200, s3GlacierIrGbMonth: 100 });
  });

  it('costs nothing once its backup is deleted', () => {
    const deleted = { sizeBytes: String(100 * GIB), files: 3_200, isOnS3: true, storageClass: 'STANDARD_IA' } as const;

    expect(quantities(costOf(usageOfDeletion([{ ...deleted, copy, writtenTo: 'STANDARD' }])))).toMatchObject({
      ...{ s3IaGbMonth: -100, s3GlacierIrGbMonth: -100, s3List: 10 },
    });
  });
});
