import type { World } from '../world.ts';

/** Shorter ones would be found in what has nothing to do with them. */
const SHORTEST = 8;

/** The same world, but that what `secret` is told of is `***` in all that is printed: a server may repeat what it was sent. */
export function discreet(world: World): World {
  const secrets = new Set<string>();
  const without = (text: string): string => {
    let shown = text;
    for (const secret of secrets) shown = shown.replaceAll(secret, '***');
    return shown;
  };
  const more: Partial<World> = {
    out: (text) => world.out(without(text)),
    err: (text) => world.err(without(text)),
    secret(text) {
      if (text.length < SHORTEST) return;
      secrets.add(text);
      // as it stands in JSON
      secrets.add(JSON.stringify(text).slice(1, -1));
    },
  };
  // what makes streams when it is looked at stays as it is
  const own = { ...Object.getOwnPropertyDescriptors(world), ...Object.getOwnPropertyDescriptors(more) };
  return Object.create(Object.getPrototypeOf(world), own) as World;
}
