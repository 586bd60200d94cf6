import type { Gates } from '../gates.ts';
import type { Maturity } from '../maturity.ts';
import { specDefault } from '../spec.ts';
import { code, linkToGate } from './markdown.ts';

/** The columns that Kubernetes has in its page of feature gates. */
export const HISTORY: readonly string[] = ['Feature', 'Default', 'Stage', 'Since', 'Until'];

/**
 * The lines of one gate. `Until` is the first version in which a line no longer holds, the end of a deprecated gate among
 * them, where Kubernetes has the last one in which it does: which that was nobody can tell of `2.0`.
 */
export function historyOf(gates: Gates, name: string): readonly (readonly string[])[] {
  const specs = gates.history(name);
  const { until } = gates.state(name);
  const { channel } = gates.program;
  return specs.map((spec, i) => {
    const removed = spec.stage === 'removed';
    return [
      linkToGate(name),
      `${code(String(specDefault(spec, channel)))}${removed || spec.locked === true ? ' (locked)' : ''}`,
      STAGE_TITLES[spec.stage],
      // without a history, the version is that of the gate
      (removed && specs.length === 1 ? until : undefined) ?? spec.version,
      specs[i + 1]?.version ?? (removed ? undefined : until) ?? '–',
    ];
  });
}

export const STAGE_TITLES: Readonly<Record<Maturity, string>> = {
  alpha: 'Alpha',
  beta: 'Beta',
  ga: 'GA',
  deprecated: 'Deprecated',
  removed: 'Removed',
};
