import { FlagError } from '@flagwright/core';

/** Makes the headers of a request, each time. */
export type MakeHeaders = () => unknown;

/**
 * The same, but what goes wrong in it comes up when the headers are read: there the client bears with it, and tells. Where
 * it calls the function, it would end the process.
 */
export function bearable(make: MakeHeaders): MakeHeaders {
  return async () => {
    try {
      return await make();
    } catch (cause) {
      return {
        get Authorization(): string {
          throw new FlagError('UNAVAILABLE', 'customHeadersFunction failed', { cause });
        },
      };
    }
  };
}

/** Why there were no headers, if that is what an error is about; undefined if it is not. */
export function headersFailure(thrown: unknown): FlagError | undefined {
  if (!(thrown instanceof FlagError)) return undefined;
  // the client has written into the message
  return new FlagError(thrown.code, 'the Unleash server was not asked: customHeadersFunction failed', {
    cause: thrown.cause,
  });
}
