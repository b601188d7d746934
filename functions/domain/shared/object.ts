import * as z from 'zod/mini';

/**
 * `z.object`, whose fields are made when they are first needed: a function starts with a thousand schemas, and uses a few of them.
 *
 * @param shape called once
 */
export function object<Shape extends z.core.$ZodLooseShape>(shape: () => Shape): z.ZodMiniObject<Shape, z.core.$strip> {
  const made = lazily(shape);
  const definition = {
    type: 'object' as const,
    get shape() {
      return made();
    },
  };
  return new z.ZodMiniObject(definition) as z.ZodMiniObject<Shape, z.core.$strip>;
}

/** What `make` returns, which is called once, when it is first needed: fields that several objects share. */
export function lazily<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
