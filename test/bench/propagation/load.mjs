import { plain } from '../logic.mjs';
import { median } from '../stats.mjs';
import { definition } from '../subjects/flagwright.mjs';
import { fill } from './backends.mjs';
import { isDisturbed, watchOthers } from './others.mjs';
import { startWorker } from './worker.mjs';

const FLAGS = 100_000;

/**
 * 100,000 plain flags in one set, in a fresh process. `load`: from nothing connected until the follower is ready.
 * `asked`: that, and every flag evaluated once. `resident` and `heap`: bytes a flag, more than the same process that
 * follows a set of one flag.
 */
export async function load(backend, { quick }) {
  const edits = Array.from({ length: FLAGS }, (_, i) => ({ key: `flag-${i}`, next: definition(plain(`flag-${i}`)) }));
  await fill(backend, edits, 'large');
  await fill(backend, edits.slice(0, 1), 'single');
  const rounds = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) {
    const others = watchOthers();
    const single = await loaded(backend, 'single', 1);
    const large = await loaded(backend, 'large', FLAGS);
    const each = (state, of) => (large[state][of] - single[state][of]) / FLAGS;
    rounds.push({
      load: large.load,
      asked: large.asked,
      single: single.load,
      resident: each('ready', 'rss'),
      'resident, asked': each('done', 'rss'),
      heap: each('ready', 'heap'),
      'heap, asked': each('done', 'heap'),
      peak: large.peak - single.peak,
      others: others(),
    });
  }
  const share = Math.max(...rounds.map((round) => round.others));
  const of = (name, unit, factor = 1) => {
    const values = rounds.map((round) => round[name] * factor);
    return {
      unit,
      value: median(values),
      low: Math.min(...values),
      high: Math.max(...values),
      others: share,
      disturbed: isDisturbed(share),
    };
  };
  return {
    load: of('load', 'ns', 1e6),
    asked: of('asked', 'ns', 1e6),
    single: of('single', 'ns', 1e6),
    ...Object.fromEntries(
      ['resident', 'resident, asked', 'heap', 'heap, asked', 'peak'].map((name) => [name, of(name, 'B')]),
    ),
  };
}

async function loaded({ where }, stage, flags) {
  const worker = startWorker('loader', { execArgv: ['--expose-gc'] });
  try {
    return await worker.ask('load', { ...where, stage }, flags);
  } finally {
    await worker.stop();
  }
}
