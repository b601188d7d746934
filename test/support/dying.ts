/** Thrown to simulate a process that dies in the middle of its work. */
export class Death extends Error {
  override readonly name = 'Death';
}

type Port = object;

/**
 * The same ports, but call number `at` (from 0, over all of them) and every later one does not return: `before` it was made, or `after` it
 * took effect.
 * @returns the ports, and the number of calls made.
 */
export function dying<Ports extends Record<string, Port>>(
  ports: Ports,
  at: number,
  when: 'before' | 'after',
): { ports: Ports; calls: () => number } {
  let calls = 0;
  const strike = async (call: () => unknown) => {
    const mine = calls++;
    if (mine > at || (mine === at && when === 'before')) throw new Death();
    const result = await call();
    if (mine === at) throw new Death();
    return result;
  };
  return { ports: around(ports, strike), calls: () => calls };
}

/** The same ports, each of whose calls goes through `make`. */
export function around<Ports extends Record<string, Port>>(
  ports: Ports,
  make: (call: () => unknown) => Promise<unknown>,
): Ports {
  const wrap = <Wrapped extends Port>(port: Wrapped): Wrapped =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => make(() => Reflect.apply(member, target, args));
      },
    });
  const wrapped = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, wrap(port)]));
  return wrapped as Ports;
}
