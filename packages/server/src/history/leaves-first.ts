/** Something that has a name, and requires others by theirs. */
export interface Requiring {
  readonly id: string;
  readonly requires: readonly string[];
}

/**
 * The same nodes, each after all those that it requires, and otherwise in the order they come in. Those on a cycle, and
 * those that require one, come last. What is required and is no node does not count.
 */
export function leavesFirst<T extends Requiring>(nodes: readonly T[]): readonly T[] {
  const waiting = new Map<T, number>();
  const dependents = new Map<string, T[]>();
  const known = new Set(nodes.map(({ id }) => id));
  const order: T[] = [];
  for (const node of nodes) {
    const needed = new Set(node.requires.filter((id) => known.has(id)));
    if (needed.size === 0) order.push(node);
    else waiting.set(node, needed.size);
    for (const id of needed) {
      const list = dependents.get(id) ?? [];
      dependents.set(id, list);
      list.push(node);
    }
  }
  // grows while it is walked
  for (const { id } of order) {
    for (const node of dependents.get(id) ?? []) {
      const left = waiting.get(node)! - 1;
      waiting.set(node, left);
      if (left > 0) continue;
      waiting.delete(node);
      order.push(node);
    }
  }
  return [...order, ...waiting.keys()];
}
