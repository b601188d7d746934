import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { lazily, object } from '../../../../functions/domain/shared/object.ts';

describe('an object schema', () => {
  it('creates its fields once, on first use', () => {
    const shape = vi.fn(() => ({ id: z.string() }));
    const schema = object(shape);
    const shorter = z.array(z.optional(schema));
    expect(shape).not.toHaveBeenCalled();

    expect(shorter.parse([{ id: 'a', other: 1 }])).toEqual([{ id: 'a' }]);
    expect(schema.safeParse({ id: 1 }).success).toBe(false);
    expect(schema.shape.id).toBe(schema.shape.id);

    expect(shape).toHaveBeenCalledTimes(1);
  });

  it('lends its fields to others', () => {
    const schema = object(() => ({ id: z.string(), size: z.number() }));

    expect(z.pick(schema, { id: true }).parse({ id: 'a', size: 1 })).toEqual({ id: 'a' });
    expect(z.omit(schema, { id: true }).parse({ id: 'a', size: 1 })).toEqual({ size: 1 });
    expect(schema.check(z.refine(({ size }) => size > 0)).safeParse({ id: 'a', size: 0 }).success).toBe(false);
  });
});

describe('a lazy value', () => {
  it('is created once, on first use', () => {
    const make = vi.fn(() => ({ id: 'a' }));
    const get = lazily(make);
    expect(make).not.toHaveBeenCalled();

    expect(get()).toBe(get());
    expect(make).toHaveBeenCalledTimes(1);
  });
});
