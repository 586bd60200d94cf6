/**
 * A gate that lets in one at a time, in the order of asking: resolves to how to leave. Whoever gives up waiting must still
 * leave when it resolves.
 */
export function oneAtATime(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    let leave = (): void => undefined;
    last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  };
}
