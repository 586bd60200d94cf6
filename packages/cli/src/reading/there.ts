import { ApiError, type Ask } from '@flagwright/server/client';

/** Throws `ApiError` if what is at a path is not there. */
export async function there(ask: Ask, path: string): Promise<void> {
  try {
    await ask('GET', path);
  } catch (thrown) {
    // whoever may not look does not learn more
    if (thrown instanceof ApiError && thrown.status === 403) return;
    throw thrown;
  }
}
