/**
 * The benchmark: `node run.mjs [S1 S4 …] [--only flagwright,flagd] [--quick] [--json file]`.
 *
 * Every scenario runs in a process of its own for every subject, one process at a time, in rounds whose order turns
 * around, so that the machine's drift meets all alike. A figure is the median over the rounds of the median of a round;
 * the spread is the least and the most of the rounds, with one round its quartiles. Rounds in which something else used
 * the core (see `pace.mjs`) are set aside and made up for, at most twice; a figure without a quiet round is marked
 * `disturbed`. Nothing reaches the network: a process that tries fails.
 *
 * `propagation` measures stores on servers that it starts itself, once and not in rounds; its processes reach 127.0.0.1
 * and nothing else. `control-plane` does so too, with `flagctl serve`, and measures all who serve in turn. `commands` runs
 * `flagctl` as whoever types it does: whole processes, in turns.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { aggregate, restless } from './aggregate.mjs';
import { throughCommands } from './cli/index.mjs';
import { throughServers } from './control-plane/index.mjs';
import { goals } from './goals.mjs';
import { inProcess } from './in-process.mjs';
import { note, pace, steadiness } from './pace.mjs';
import { throughBackend } from './propagation/index.mjs';
import { quantity, tables, verdicts } from './report.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { LABELS, PACKAGES } from './subjects/index.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

const { values: options, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: { only: { type: 'string' }, json: { type: 'string' }, quick: { type: 'boolean', default: false } },
});

const EFFORT = options.quick
  ? { rounds: 1, ms: 100, sdkRounds: 150, more: 0, quick: true }
  : { rounds: 3, ms: 200, sdkRounds: 300, more: 2, quick: false };
const started = new Date();
/** Disturbed rounds are made up for until then, in milliseconds after the start. */
const PATIENCE = 300_000;
/** Kinds that measure a process once and well, or weigh what does not vary. */
const ONCE = new Set(['sdk', 'heap']);
/** A subject that takes longer than this for one round, in seconds, has no second one. */
const LONG = 8;

const only = options.only?.split(',');
const unknown = (only ?? []).filter((name) => LABELS[name] === undefined);
const chosen = SCENARIOS.filter(
  ({ id }) => positionals.length === 0 || positionals.some((p) => id === p || id.startsWith(`${p}-`)),
);
if (unknown.length > 0 || chosen.length === 0) {
  console.error(
    `known scenarios: ${SCENARIOS.map(({ id }) => id).join(' ')}\nknown subjects: ${Object.keys(LABELS).join(' ')}`,
  );
  process.exit(2);
}

async function scenarioResults(scenario) {
  const names = scenario.subjects.filter(
    (name) => only === undefined || only.includes(name) || name === scenario.limit || name === 'nothing',
  );
  if (scenario.kind === 'propagation') return backendResults(scenario, names);
  if (scenario.kind === 'control-plane' || scenario.kind === 'commands') {
    const through = scenario.kind === 'commands' ? throughCommands : throughServers;
    const found = await through(scenario, names, {
      ...EFFORT,
      progress: (what) => progress(`${scenario.id} ${what}`),
    });
    progress('');
    return found;
  }
  const collected = Object.fromEntries(names.map((name) => [name, []]));
  const rounds = ONCE.has(scenario.kind) ? 1 : Math.min(scenario.rounds ?? EFFORT.rounds, EFFORT.rounds);
  for (let round = 0; round < rounds + EFFORT.more; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const before = collected[name].at(-1);
      if (before !== undefined && (before.cases === undefined || before.seconds > LONG)) continue;
      if (round >= rounds && (!restless(collected[name]) || Date.now() - started.getTime() > PATIENCE)) continue;
      progress(`${scenario.id} round ${round + 1}/${rounds} ${LABELS[name]}`);
      const began = Date.now();
      const result = await inProcess(scenario, name, EFFORT);
      for (const { pace: found } of Object.values(result.cases ?? {})) note(found);
      collected[name].push({ ...result, seconds: (Date.now() - began) / 1000 });
    }
  }
  progress('');
  return Object.fromEntries(names.map((name) => [name, aggregate(collected[name])]));
}

async function backendResults(scenario, names) {
  const results = {};
  for (const name of names) {
    progress(`${scenario.id} ${LABELS[name]}`);
    results[name] = await throughBackend(scenario, name, EFFORT);
  }
  progress('');
  return results;
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** The version of a dependency of the benchmark, found without its `exports`. */
function version(name) {
  const paths = createRequire(import.meta.url).resolve.paths(name);
  for (const folder of paths) {
    try {
      return JSON.parse(readFileSync(path.join(folder, name, 'package.json'), 'utf8')).version;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

const machine = {
  cpu: os.cpus()[0]?.model,
  cpus: os.cpus().length,
  memory: os.totalmem(),
  system: `${os.type()} ${os.release()} ${os.arch()}`,
  node: process.version,
  v8: process.versions.v8,
  load: os.loadavg(),
};
console.log(`${machine.cpu}, ${machine.cpus} processors, Node ${machine.node}, load ${machine.load[0].toFixed(2)}`);
const versions = Object.fromEntries(PACKAGES.map((name) => [name, version(name)]));
console.log(
  Object.entries(versions)
    .map(([name, found]) => `${name} ${found}`)
    .join(', '),
);

for (let i = 0; i < 20; i++) pace();
const results = {};
for (const scenario of chosen) {
  results[scenario.id] = await scenarioResults(scenario);
  console.log(tables(scenario, results[scenario.id]));
}
const outcomes = goals((scenario, subject, name) => results[scenario]?.[subject]?.cases?.[name]).filter(
  ({ scenario }) => chosen.some(({ id }) => id === scenario || id.startsWith(`${scenario}-`)),
);
console.log(verdicts(outcomes));

const steady = steadiness();
const stolen =
  steady.steal === undefined ? '' : `; ${(steady.steal * 100).toFixed(0)} % of its time was taken by the host`;
console.log(
  `\nA step of fixed arithmetic took ${quantity(steady.step, 'ns')} (${quantity(steady.quickest, 'ns')} … ${quantity(steady.slowest, 'ns')}): ` +
    `the machine was disturbed in ${(steady.disturbed * 100).toFixed(0)} % of the measurements${stolen}.`,
);

const seconds = (Date.now() - started.getTime()) / 1000;
const file = path.resolve(options.json ?? path.join(ROOT, '.bench/latest.json'));
mkdirSync(path.dirname(file), { recursive: true });
const kept = {
  started: started.toISOString(),
  seconds,
  effort: EFFORT,
  machine: { ...machine, loadAfter: os.loadavg(), ...steady },
  versions,
  results,
  goals: outcomes,
};
writeFileSync(file, `${JSON.stringify(kept, null, 1)}\n`);
const failures = Object.entries(results).flatMap(([id, each]) =>
  Object.entries(each)
    .filter(([, r]) => r.failed)
    .map(([name, r]) => `${id} ${name}: ${r.failed}`),
);
for (const failure of failures) console.error(`\nFAILED ${failure}`);
const unbuilt = Object.values(results).some((each) => Object.values(each).some((r) => r.unbuilt));
if (unbuilt) console.log('\nflagwright is not built: run `pnpm build` first');
console.log(`\n${seconds.toFixed(0)} s, kept in ${path.relative(process.cwd(), file)}`);
process.exitCode = failures.length > 0 ? 1 : 0;
