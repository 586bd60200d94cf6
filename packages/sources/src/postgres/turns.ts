/** Lets in a few at a time, and one of each kind, in the order in which they come. */
export interface Turns {
  /** Resolves to how to leave, once there is room; whoever gives up waiting must still leave when it resolves. */
  enter(kind: string): Promise<() => void>;
}

/** Turns for `most` at a time, each of another kind: those who wait for their like keep nobody else out. */
export function turns(most: number): Turns {
  const waiting: { readonly kind: string; readonly admit: (leave: () => void) => void }[] = [];
  const inside = new Set<string>();
  const next = (): void => {
    while (inside.size < most) {
      const index = waiting.findIndex(({ kind }) => !inside.has(kind));
      if (index < 0) return;
      const [{ kind, admit }] = waiting.splice(index, 1) as [(typeof waiting)[number]];
      inside.add(kind);
      let left = false;
      admit(() => {
        if (left) return;
        left = true;
        inside.delete(kind);
        next();
      });
    }
  };
  return {
    enter: (kind) =>
      new Promise((admit) => {
        waiting.push({ kind, admit });
        next();
      }),
  };
}
