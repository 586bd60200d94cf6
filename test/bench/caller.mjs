/**
 * Calls for one user after the other; each answers how many were on. Imported once for every resolver of a process, by
 * another query, so that V8 sees one resolver at a call site, as it does in an application.
 */
let at = 0;

const next = (contexts) => {
  at = at + 1 < contexts.length ? at + 1 : 0;
  return contexts[at];
};

export function called(resolver, key, contexts, count) {
  let on = 0;
  for (let n = 0; n < count; n++) if (resolver.resolve('boolean', key, false, next(contexts)).value) on++;
  return on;
}

export async function awaited(resolver, key, contexts, count) {
  let on = 0;
  for (let n = 0; n < count; n++) if ((await resolver.resolve('boolean', key, false, next(contexts))).value) on++;
  return on;
}

export async function evaluated(client, key, contexts, count) {
  let on = 0;
  for (let n = 0; n < count; n++) if (await client.getBooleanValue(key, false, next(contexts))) on++;
  return on;
}

export function asked(client, key, contexts, count) {
  let on = 0;
  for (let n = 0; n < count; n++) if (client.boolean(key, false, next(contexts))) on++;
  return on;
}
