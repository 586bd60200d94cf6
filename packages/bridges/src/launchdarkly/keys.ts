import type { LDClient, LDContext } from './client.ts';

/** Somebody to ask for; nothing is sent to LaunchDarkly of it. */
const NOBODY: LDContext = { kind: 'user', key: 'flagwright', anonymous: true };

/** The keys of a client's flags, or undefined if it does not know. Its only way to list them evaluates each. */
export async function keysOf(client: LDClient): Promise<readonly string[] | undefined> {
  try {
    const state = await client.allFlagsState(NOBODY, { detailsOnlyForTrackedFlags: true });
    return state.valid ? Object.keys(state.allValues()) : undefined;
  } catch {
    return undefined;
  }
}
