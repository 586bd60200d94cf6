// Imports one module and prints what that left behind, as one line of JSON.
const [specifier] = process.argv.slice(2);
const options = specifier.endsWith('.json') ? { with: { type: 'json' } } : undefined;

const state = () => ({
  globals: Object.getOwnPropertyNames(globalThis),
  listeners: process.eventNames().map((name) => `${String(name)} ×${process.listenerCount(name)}`),
  resources: process.getActiveResourcesInfo(),
});
const added = (before, after) => after.filter((item) => !before.includes(item));

const before = state();
const module = await import(specifier, options);
await new Promise((resolve) => setImmediate(resolve));
const after = state();

process.stdout.write(
  JSON.stringify({
    exports: Object.keys(module).length,
    undefined: Object.keys(module).filter((name) => module[name] === undefined),
    globals: added(before.globals, after.globals),
    listeners: added(before.listeners, after.listeners),
    resources: added(before.resources, after.resources),
  }),
);
