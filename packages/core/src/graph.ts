/** A prerequisite chain, or a nest of segments, longer than this is refused: an evaluation walks it on the stack. */
export const MAX_CHAIN = 64;

/** What is wrong with a graph of references. */
export interface GraphFaults {
  /** Nodes that lie on a cycle, each with one cycle through it: `['a', 'b', 'a']`. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** Nodes from which a chain longer than `MAX_CHAIN` starts. */
  readonly tooDeep: ReadonlySet<string>;
}

/** Finds cycles (R. Tarjan's strongly connected components, without recursion) and chains that are too long. */
export function inspectGraph(edges: ReadonlyMap<string, readonly string[]>): GraphFaults {
  const cycles = new Map<string, readonly string[]>();
  const tooDeep = new Set<string>();
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const depth = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();

  for (const root of edges.keys()) {
    if (index.has(root)) continue;
    const work: { node: string; next: number }[] = [{ node: root, next: 0 }];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const { node } = frame;
      if (frame.next === 0) {
        index.set(node, index.size);
        low.set(node, index.get(node)!);
        open.push(node);
        isOpen.add(node);
      }
      const targets = edges.get(node) ?? [];
      const target = targets[frame.next];
      if (target !== undefined) {
        frame.next++;
        if (!index.has(target)) {
          if (edges.has(target)) work.push({ node: target, next: 0 });
        } else if (isOpen.has(target)) {
          low.set(node, Math.min(low.get(node)!, index.get(target)!));
        }
        if (frame.next <= targets.length) continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(node)!));
      if (low.get(node) === index.get(node)) closeComponent(node, targets);
    }
  }
  return { cycles, tooDeep };

  function closeComponent(node: string, targets: readonly string[]): void {
    const component = new Set<string>();
    let member: string;
    do {
      member = open.pop()!;
      isOpen.delete(member);
      component.add(member);
    } while (member !== node);
    if (component.size > 1 || targets.includes(node)) {
      noteCycles(component, edges, cycles);
      return;
    }
    const deepest = 1 + Math.max(0, ...targets.map((target) => depth.get(target) ?? 0));
    depth.set(node, deepest);
    if (deepest > MAX_CHAIN) tooDeep.add(node);
  }
}

/** In a tangle larger than this, members are told of one cycle in it, not each of its own. */
const OWN_CYCLES = 50;

function noteCycles(
  component: ReadonlySet<string>,
  edges: ReadonlyMap<string, readonly string[]>,
  cycles: Map<string, readonly string[]>,
): void {
  let shared: readonly string[] | undefined;
  for (const member of component) {
    if (shared === undefined || component.size <= OWN_CYCLES) shared = cycleThrough(member, component, edges);
    cycles.set(member, shared);
  }
}

/** A shortest way from a node back to itself within its component. */
function cycleThrough(
  start: string,
  component: ReadonlySet<string>,
  edges: ReadonlyMap<string, readonly string[]>,
): string[] {
  const from = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const target of edges.get(node) ?? []) {
      if (target === start) {
        const path = [start];
        for (let step = node; step !== start; step = from.get(step)!) path.unshift(step);
        return [start, ...path];
      }
      if (!component.has(target) || from.has(target)) continue;
      from.set(target, node);
      queue.push(target);
    }
  }
  return [start, start];
}

/** Every node from which one of `targets` can be reached, without the targets themselves unless reached. */
export function reachingAny(edges: ReadonlyMap<string, readonly string[]>, targets: ReadonlySet<string>): Set<string> {
  const reverse = new Map<string, string[]>();
  for (const [node, references] of edges) {
    for (const target of references) {
      const list = reverse.get(target);
      if (list === undefined) reverse.set(target, [node]);
      else list.push(node);
    }
  }
  const found = new Set<string>();
  const queue = [...targets];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    for (const dependent of reverse.get(node) ?? []) {
      if (found.has(dependent)) continue;
      found.add(dependent);
      queue.push(dependent);
    }
  }
  return found;
}
