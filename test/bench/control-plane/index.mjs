import { lists } from './lists.mjs';
import { ofrep } from './ofrep.mjs';
import { start } from './start.mjs';
import { visible } from './visible.mjs';
import { writes } from './writes.mjs';

const PARTS = { ofrep, visible, lists, writes, start };

/** The results of one part for all who serve, in rounds; their servers live as long. */
export async function throughServers(scenario, names, effort) {
  try {
    return await PARTS[scenario.part](scenario, names, effort);
  } catch (error) {
    const text = error?.stack ?? String(error);
    const missing = error?.code === 'ERR_MODULE_NOT_FOUND' || /Cannot find module .*bin\.js/.test(text);
    const found = missing ? { unbuilt: text.split('\n')[0] } : { failed: text };
    return Object.fromEntries(names.map((name) => [name, found]));
  }
}
