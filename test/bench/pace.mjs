import { readFileSync } from 'node:fs';
import { quantile } from './stats.mjs';

const ROUNDS = 500_000;
const CHAINS = 8;
const paces = [];

/** Slower than this many times the quickest pace seen, and the machine was disturbed. */
const DISTURBED = 1.4;

/**
 * How quick the machine is right now: nanoseconds a step of fixed arithmetic, in independent chains, so that it fills a
 * core. Where two processors share a core, as virtual machines often have it, work on one halves the other.
 */
export function pace() {
  steps();
  const start = performance.now();
  steps();
  const found = ((performance.now() - start) * 1e6) / (ROUNDS * CHAINS);
  note(found);
  return found;
}

/** Takes a pace into account that another process measured. */
export function note(found) {
  if (found !== undefined) paces.push(found);
}

/** Whether a measurement with this pace was taken while something else used the core. */
export const disturbed = (found) => found > quickest() * DISTURBED;

// a single very quick one may be a slip of the clock
const quickest = () => quantile(paces, 0.02);

let kept = 1;

function steps() {
  let [a, b, c, d, e, f, g, h] = [kept, 2, 3, 4, 5, 6, 7, 8];
  for (let i = 0; i < ROUNDS; i++) {
    a = (Math.imul(a, 1_664_525) + 1_013_904_223) | 0;
    b = (Math.imul(b, 1_664_525) + 1_013_904_223) | 0;
    c = (Math.imul(c, 1_664_525) + 1_013_904_223) | 0;
    d = (Math.imul(d, 1_664_525) + 1_013_904_223) | 0;
    e = (Math.imul(e, 1_664_525) + 1_013_904_223) | 0;
    f = (Math.imul(f, 1_664_525) + 1_013_904_223) | 0;
    g = (Math.imul(g, 1_664_525) + 1_013_904_223) | 0;
    h = (Math.imul(h, 1_664_525) + 1_013_904_223) | 0;
  }
  kept = a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}

for (let i = 0; i < 5; i++) steps();

/** Jiffies of all processors, and those the host took away; undefined where there is no `/proc/stat`. */
function processor() {
  try {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
    const [user, nice, system, , , , , steal] = fields;
    return { busy: user + nice + system, steal };
  } catch {
    return undefined;
  }
}

const before = processor();

/** How steady the machine was: its pace over the run, how often it was disturbed, and the time the host denied it. */
export function steadiness() {
  const after = processor();
  const steal =
    after && before && (after.steal - before.steal) / (after.steal - before.steal + after.busy - before.busy);
  const share = paces.filter(disturbed).length / paces.length;
  return { quickest: quickest(), step: quantile(paces, 0.5), slowest: quantile(paces, 0.98), disturbed: share, steal };
}
