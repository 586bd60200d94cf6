import { EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { manifestYaml } from '../output/yaml.ts';
import { isOutputTaken, refuseOnePlace } from '../report/targets.ts';
import { contextsFor } from './chosen.ts';
import { badContexts, type Contexts } from './contexts.ts';
import { percentOf } from './edit.ts';
import { noSuchColumn } from './files.ts';
import { movedFile } from './moved-file.ts';
import { inWords, notesOf } from './notes.ts';
import { type Found, numbersOf } from './numbers.ts';
import { createOutcomes } from './outcome.ts';
import { readsOfAll } from './reads.ts';
import { runThrough } from './run-through.ts';
import { shownText } from './show.ts';
import { type Sides, sidesOf } from './sides.ts';
import { stickyOf } from './sticky.ts';
import { type Counted, createTally } from './tally.ts';

/** The option that writes those who move. */
const MOVED = 'moved-to-file';

/** `flagctl rollout simulate`; resolves to the exit code. */
export async function simulate(call: Call): Promise<number> {
  const { world } = call;
  const most = call.text('max-moved');
  const limit = most === undefined ? undefined : percentOf(most, '--max-moved');
  refuseOnePlace(call, [MOVED]);
  const sides = await sidesOf(call);
  // until something is counted it ends at once
  const signal = world.interrupted();
  const { key, now, after } = sides;
  if (after === undefined) {
    for (const name of ['max-moved', MOVED]) {
      if (call.has(name))
        throw new UsageError(`--${name} needs a change to tell of`, [
          'Give --after <file>, or --percentage, --weights, …',
        ]);
    }
  }
  const reads = readsOfAll(after === undefined ? [now.snapshot] : [now.snapshot, after.snapshot], key);
  const bad = badContexts(call.has('skip-invalid'));
  const chosen = contextsFor(call, sides, reads, bad, signal);
  const file = call.text(MOVED);
  const moved = file === undefined ? undefined : await movedFile(world, file, inputsOf(call, sides));
  const tally = createTally({
    key,
    now: now.snapshot,
    after: after?.snapshot,
    outcomes: createOutcomes([now.definition, after?.definition]),
    time: world.now(),
    reads: [...reads.keys()],
    by: call.text('by'),
    isMade: chosen.generator !== undefined,
    moved: moved?.tell,
  });
  let interrupted = false;
  try {
    interrupted = await runThrough(chosen.contexts, tally, { world, signal, after: moved?.flush });
  } finally {
    await moved?.close();
  }
  const counted = tally.counted();
  checkBy(call.text('by'), counted, chosen.contexts, interrupted);
  const found: Found = {
    flag: key,
    title: sides.title,
    change: sides.change,
    contexts: {
      title: chosen.contexts.title,
      sampled: chosen.contexts.sampled,
      generator: chosen.generator,
      derived: chosen.derived,
      seed: chosen.generator === undefined ? undefined : chosen.seed,
      skipped: bad.skipped,
      firstSkipped: bad.first,
    },
    interrupted,
    counted,
    sticky: stickyOf(counted, key, { now, after: after ?? now }),
    ...(await inWords(sides, counted, { sampled: chosen.contexts.sampled, time: world.now() })),
    notes: notesOf(sides, counted, bad, { sampled: chosen.contexts.sampled, keyed: call.has('key') }),
  };
  // those who move may be all that is asked for
  if (!isOutputTaken(call, [MOVED])) await world.out(textOf(found, call));
  if (interrupted) {
    const of = chosen.contexts.count === undefined ? '' : ` of ${chosen.contexts.count.toLocaleString('en')}`;
    world.err(`Interrupted: this is what was found in the first ${counted.total.toLocaleString('en')}${of} contexts\n`);
    return EXIT.interrupted;
  }
  if (limit !== undefined && counted.moved * 100 > limit * counted.total) {
    const share = ((counted.moved / counted.total) * 100).toFixed(2);
    world.err(`Error: ${share} % move, and at most ${limit} % may (--max-moved)\n`);
    return EXIT.failed;
  }
  if (limit !== undefined && counted.unsure > 0) {
    const share = `${counted.unsure.toLocaleString('en')} of ${counted.total.toLocaleString('en')} contexts`;
    world.err(
      `Error: ${share} have no answer, or no key for a split, so nobody knows whether they move (--max-moved)\n`,
    );
    return EXIT.failed;
  }
  return EXIT.ok;
}

function textOf(found: Found, call: Call): string {
  const output = outputOf(call);
  if (output === 'json') return jsonText(numbersOf(found));
  if (output === 'yaml') return manifestYaml(JSON.parse(jsonText(numbersOf(found))));
  return shownText(found, call);
}

/** All files that are read. */
function inputsOf(call: Call, { files }: Sides): readonly string[] {
  const names = [...['filename', 'after', 'contexts'].flatMap((name) => call.texts(name)), ...files];
  const logic = call.text('targeting');
  return logic?.startsWith('@') === true ? [...names, logic.slice(1)] : names;
}

/** Throws `UsageError` for an attribute to tell apart by that none of the contexts has. */
function checkBy(
  by: string | undefined,
  { by: found }: Counted,
  { names, title }: Contexts,
  interrupted: boolean,
): void {
  if (by === undefined || interrupted || found === undefined || names.has(by)) return;
  if (found.others > 0 || found.parts.some(({ isMissing }) => !isMissing)) return;
  throw noSuchColumn('by', by, title, names);
}
