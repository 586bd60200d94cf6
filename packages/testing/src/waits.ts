/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The promise; rejects with an `Error` if it has not settled within `ms`. Leaves no timer behind. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not settled within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Attempts until it works; rejects with the last failure after `ms`. */
export async function eventually<T>(ms: number, attempt: () => T | Promise<T>): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(Math.min(20, Math.max(1, ms / 10)));
    }
  }
}
