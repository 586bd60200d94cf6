import { startBackend } from './backends.mjs';
import { change } from './change.mjs';
import { load } from './load.mjs';
import { time } from './time.mjs';

const PARTS = { time, change, load };

/** The result of one part for one backend, whose servers live as long. */
export async function throughBackend({ part }, name, effort) {
  let backend;
  try {
    backend = await startBackend(name);
    return { cases: await PARTS[part](backend, effort) };
  } catch (error) {
    const unbuilt = error?.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes('@flagwright');
    return unbuilt ? { unbuilt: error.message.split('\n')[0] } : { failed: error?.stack ?? String(error) };
  } finally {
    await backend?.stop();
  }
}
