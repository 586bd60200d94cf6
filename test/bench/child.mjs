import { attempts, goOffline } from './offline.mjs';

/** One scenario for one subject; started by `run.mjs`, answers with one message. */
goOffline();

const { scenarioId, name, ms, rounds, quick } = JSON.parse(process.argv[2]);

const TELEMETRY = {
  sinks: async () => (await import('./telemetry/sync.mjs')).synchronous,
  hooks: async () => (await import('./telemetry/sdk.mjs')).throughHook,
  batch: async () => (await import('./telemetry/batch.mjs')).batching,
  hang: async () => (await import('./telemetry/hang.mjs')).beside,
};

async function measured() {
  const { SCENARIOS } = await import('./scenarios.mjs');
  const subjects = await import('./subjects/index.mjs');
  const scenario = SCENARIOS.find(({ id }) => id === scenarioId);
  if (scenario.kind === 'resolve')
    return { cases: await (await import('./openfeature.mjs')).resolving({ scenario, name, ms }) };
  if (scenario.kind === 'sdk')
    return { cases: await (await import('./openfeature.mjs')).throughSdk({ scenario, name, rounds }) };
  if (scenario.kind === 'gates') return { cases: await (await import('./gates.mjs')).asking({ name, ms }) };
  if (scenario.kind === 'added')
    return { cases: await (await import('./adding.mjs')).adding({ scenario, name, rounds: rounds / scenario.part }) };
  const telemetry = TELEMETRY[scenario.kind];
  if (telemetry !== undefined)
    return { cases: await (await telemetry())({ scenario, name, rounds: rounds / scenario.part, quick }) };
  const subject = await subjects.load(name);
  const reason = subject.cannot?.[scenario.id];
  if (reason !== undefined) return { cannot: reason };
  const kind = {
    calls: async () => (await import('./calls.mjs')).calls,
    load: async () => (await import('./load.mjs')).loading,
    heap: async () => (await import('./heap.mjs')).heap,
  }[scenario.kind];
  const cases = await (await kind())({ scenario, subject, name, ms, quick });
  return { cases, takes: subject.takes, note: subject.notes?.[scenario.id] ?? subject.note };
}

function trouble(error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const unbuilt = error?.code === 'ERR_MODULE_NOT_FOUND' && text.includes('@flagwright');
  return unbuilt ? { unbuilt: text.split('\n')[0] } : { failed: text };
}

let result;
try {
  result = await measured();
} catch (error) {
  result = trouble(error);
}
if (attempts.length > 0) result = { failed: `tried to reach the network: ${attempts.slice(0, 3).join('; ')}` };
process.send(result, () => process.exit(0));
