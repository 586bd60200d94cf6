import { pause } from './waits.ts';

/** What keeps the process alive now: how many of each type. */
function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** What keeps the process alive for longer than some ms. */
export async function lasting(ms: number): Promise<ReadonlyMap<string, number>> {
  let least = resources();
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await pause(5);
    const now = resources();
    least = new Map([...least].map(([type, count]) => [type, Math.min(count, now.get(type) ?? 0)]));
  }
  return least;
}

/** The types of what keeps the process alive now, of which there is more than before. */
export function surplus(before: ReadonlyMap<string, number>): readonly string[] {
  return [...resources()].filter(([type, count]) => count > (before.get(type) ?? 0)).map(([type]) => type);
}
