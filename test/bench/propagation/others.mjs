import { readdirSync, readFileSync } from 'node:fs';

/** More than this share of the processors used by others, and a measurement was disturbed. */
const DISTURBED = 0.1;

/**
 * How much of the machine others use: call it before, and what it returns after. The share of all processors between the
 * two that went to other processes than this one and its descendants, and to the host; undefined without `/proc`.
 */
export function watchOthers() {
  const before = jiffies();
  return () => {
    const after = jiffies();
    if (before === undefined || after === undefined) return undefined;
    const total = after.total - before.total;
    return total === 0 ? 0 : Math.max(0, after.busy - before.busy - (after.own - before.own)) / total;
  };
}

export const isDisturbed = (share) => share !== undefined && share > DISTURBED;

function jiffies() {
  try {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
    const total = fields.reduce((sum, field) => sum + field, 0);
    // waiting, for whatever, is no work
    const busy = total - fields[3] - fields[4];
    return { total, busy, own: own() };
  } catch {
    return undefined;
  }
}

/** What this process and its descendants have used, those that have ended included. */
function own() {
  const all = new Map();
  for (const id of readdirSync('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    try {
      // after the name, which may hold anything but ends with the last bracket: state, parent, …
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
      all.set(Number(id), { parent: Number(fields[1]), used: utime + stime + cutime + cstime });
    } catch {
      // gone meanwhile
    }
  }
  let sum = 0;
  for (const [id, { used }] of all) if (isOurs(id, all)) sum += used;
  return sum;
}

function isOurs(id, all) {
  for (let at = id; at !== undefined; at = all.get(at)?.parent) if (at === process.pid) return true;
  return false;
}
