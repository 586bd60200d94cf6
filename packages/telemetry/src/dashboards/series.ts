/** What a series does for a number of steps. */
export type Phase = readonly [steps: number, value: number];

/** A counter in promtool's notation, from 0: in each phase it grows by the value at every step. */
export function counter(phases: readonly Phase[]): string {
  let total = 0;
  const parts = ['0'];
  for (const [steps, growth] of phases) {
    parts.push(`${total + growth}+${growth}x${steps - 1}`);
    total += steps * growth;
  }
  return parts.join(' ');
}

/** A gauge in promtool's notation: in each phase it is the value; at the start, that of the first. */
export function gauge(phases: readonly Phase[]): string {
  return [phases[0]![1], ...phases.map(([steps, value]) => `${value}+0x${steps - 1}`)].join(' ');
}

/** A series as promtool reads it, `up{job="app"}`. */
export function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(', ')}}`;
}
