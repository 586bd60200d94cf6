import { apply } from './apply.mjs';
import { large } from './large.mjs';
import { checkBuilt } from './program.mjs';
import { start } from './start.mjs';

const PARTS = { start, apply, large };

/** The results of one part for all that are measured: whole processes, from their start to their end. */
export async function throughCommands(scenario, names, effort) {
  try {
    checkBuilt();
    return await PARTS[scenario.part](scenario, names, effort);
  } catch (error) {
    const text = error?.stack ?? String(error);
    const found = error?.code === 'ERR_MODULE_NOT_FOUND' ? { unbuilt: text.split('\n')[0] } : { failed: text };
    return Object.fromEntries(names.map((name) => [name, found]));
  }
}
