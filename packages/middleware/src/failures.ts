import { isPromise } from './is-promise.ts';
import { classOf, warnOnce } from './warning.ts';

/**
 * Tells of what failed in a request: `onError`, each time, or one process warning. Whatever `onError` does, at once or
 * later, fails nothing.
 */
export function failures<Request>(
  what: string,
  part: string,
  onError: ((thrown: unknown, request: Request) => void) | undefined,
): (thrown: unknown, request: Request) => void {
  const warn = warnOnce();
  const failedAgain = (thrown: unknown): void => warn(`${what}: onError failed (${classOf(thrown)})`);
  return (thrown, request) => {
    if (onError === undefined) {
      warn(
        `${what}: the ${part} of a request cannot be told (${classOf(thrown)}), and it goes on without; onError is ` +
          'told of each, this warning is the only one',
      );
      return;
    }
    try {
      const told: unknown = onError(thrown, request);
      if (isPromise(told)) Promise.resolve(told).catch(failedAgain);
    } catch (again) {
      failedAgain(again);
    }
  };
}
