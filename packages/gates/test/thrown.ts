import { FlagError } from '@flagwright/core';

/** The `FlagError` that a call throws. Anything else that it throws goes on; throwing nothing is an error. */
export function thrownBy(call: () => unknown): FlagError {
  try {
    call();
  } catch (thrown) {
    return flagError(thrown);
  }
  throw nothing();
}

/** The same of a call that is waited for. */
export async function rejectedBy(call: () => unknown): Promise<FlagError> {
  try {
    await call();
  } catch (thrown) {
    return flagError(thrown);
  }
  throw nothing();
}

function flagError(thrown: unknown): FlagError {
  if (thrown instanceof FlagError) return thrown;
  throw thrown;
}

const nothing = (): Error => new Error('nothing was thrown');
