/**
 * An object that does as `target` does, but for the members given. It is no instance of a class of ours, so the class
 * that `target` has need not be loaded; methods run on the target itself, whatever they are called, and keep its state.
 */
export function delegate<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
