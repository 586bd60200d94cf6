/**
 * A persistent map: `with` makes a changed copy in time proportional to the changes, and both stay usable.
 *
 * The newest version owns one plain `Map`; an older one keeps what to undo on the way to its successor and rebuilds a
 * map of its own only if somebody still reads it (H. Baker, "Shallow Binding Makes Functional Arrays Fast", 1991). So
 * the version in use is as fast as a `Map`, and 10,000 flags of which one changed are not copied.
 */
export class Entries<V> implements ReadonlyMap<string, V> {
  #map: Map<string, V> | undefined;
  #next: Entries<V> | undefined;
  #undo: ReadonlyMap<string, V | undefined> | undefined;
  /** Walks under way; a map that is walked is copied, not handed on. */
  #walks = 0;

  private constructor(map: Map<string, V>) {
    this.#map = map;
  }

  /** Entries of an iterable of pairs; a later pair of the same key wins. */
  static of<V>(pairs: Iterable<readonly [string, V]>): Entries<V> {
    return pairs instanceof Entries ? (pairs as Entries<V>) : new Entries(new Map(pairs));
  }

  /** Entries that take a map over: whoever made it must not touch it any more. */
  static adopt<V>(map: Map<string, V>): Entries<V> {
    return new Entries(map);
  }

  get size(): number {
    return this.#own().size;
  }

  get(key: string): V | undefined {
    const map = this.#map;
    return map === undefined ? this.#own().get(key) : map.get(key);
  }

  has(key: string): boolean {
    return this.#own().has(key);
  }

  /** A copy with `changes` applied: `undefined` removes. */
  with(changes: ReadonlyMap<string, V | undefined>): Entries<V> {
    if (changes.size === 0) return this;
    const own = this.#own();
    const map = this.#walks === 0 ? own : new Map(own);
    const undo = new Map<string, V | undefined>();
    for (const [key, value] of changes) {
      undo.set(key, map.get(key));
      if (value === undefined) map.delete(key);
      else map.set(key, value);
    }
    const next = new Entries(map);
    if (map === own) this.#map = undefined;
    this.#next = next;
    this.#undo = undo;
    return next;
  }

  /** The keys whose values are not identical in `next`, among them those in only one of the two. */
  changedKeys(next: Entries<V>): ReadonlySet<string> {
    return new Set(this.replacedBy(next).keys());
  }

  /** The values, by key, that are not identical in `next`; undefined for a key that only `next` has. */
  replacedBy(next: Entries<V>): ReadonlyMap<string, V | undefined> {
    const replaced = new Map<string, V | undefined>();
    if (next === this) return replaced;
    const linked = this.#linkTo(next);
    if (linked !== undefined) {
      for (const key of linked) {
        const before = this.#before(key, next);
        if (before !== next.get(key)) replaced.set(key, before);
      }
      return replaced;
    }
    this.forEach((value, key) => {
      if (next.get(key) !== value) replaced.set(key, value);
    });
    next.forEach((_, key) => {
      if (!this.has(key)) replaced.set(key, undefined);
    });
    return replaced;
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    const map = this.#own();
    this.#walks++;
    try {
      map.forEach((value, key) => {
        visit(value, key, this);
      });
    } finally {
      this.#walks--;
    }
  }

  // Iterators walk a copy: the map itself may pass to a successor between two steps.

  entries(): ReturnType<ReadonlyMap<string, V>['entries']> {
    return new Map(this.#own()).entries();
  }

  keys(): ReturnType<ReadonlyMap<string, V>['keys']> {
    return new Map(this.#own()).keys();
  }

  values(): ReturnType<ReadonlyMap<string, V>['values']> {
    return new Map(this.#own()).values();
  }

  [Symbol.iterator](): ReturnType<ReadonlyMap<string, V>['entries']> {
    return this.entries();
  }

  #own(): Map<string, V> {
    if (this.#map !== undefined) return this.#map;
    // walk to the owner, then undo on the way back: a loop, for there may be many versions between
    const path: Entries<V>[] = [];
    let owner: Entries<V> = this;
    while (owner.#map === undefined) {
      path.push(owner);
      owner = owner.#next!;
    }
    const map = new Map(owner.#map);
    for (let version = path.pop(); version !== undefined; version = path.pop()) {
      for (const [key, value] of version.#undo!) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
      }
    }
    this.#map = map;
    return map;
  }

  /** The keys touched between this version and `next`, if `next` descends from it by a few steps. */
  #linkTo(next: Entries<V>): ReadonlySet<string> | undefined {
    const keys = new Set<string>();
    let version: Entries<V> | undefined = this;
    for (let steps = 0; version !== next; steps++) {
      if (version === undefined || version.#undo === undefined || steps === 64) return undefined;
      for (const key of version.#undo.keys()) keys.add(key);
      version = version.#next;
    }
    return keys;
  }

  /** The value of `key` in this version, found along the link to `next` without rebuilding a map. */
  #before(key: string, next: Entries<V>): V | undefined {
    for (let version: Entries<V> = this; version !== next; version = version.#next!) {
      if (version.#undo!.has(key)) return version.#undo!.get(key);
    }
    return next.get(key);
  }
}
