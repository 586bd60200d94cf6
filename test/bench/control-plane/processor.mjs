import { readFileSync } from 'node:fs';

/** The system counts processor time in hundredths of a second, whatever its own clock. */
const JIFFY = 1e7;

/** Processor time that a process has used, all its threads, in ns; undefined where there is no `/proc`. */
export function processorOf(pid) {
  try {
    // after the name, which may hold anything but ends with the last bracket: state, parent, …
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * JIFFY;
  } catch {
    return undefined;
  }
}

/**
 * What processes use: call it before, and what it returns after; in ns, undefined for none of them, and where
 * there is no `/proc`.
 */
export function watchProcessor(pids) {
  const sum = () => pids.reduce((total, pid) => total + (processorOf(pid) ?? Number.NaN), 0);
  const before = sum();
  return () => {
    const used = sum() - before;
    return pids.length === 0 || Number.isNaN(used) ? undefined : used;
  };
}
