import { oneOf, type Path, preview } from '@flagwright/core';
import type { Findings } from './findings.ts';
import { MATURITIES, type Maturity } from './maturity.ts';

/** Stage, default and lock of one spec; whether they are sound. */
export function checkSpec(path: Path, spec: Readonly<Record<string, unknown>>, { error }: Findings): boolean {
  const { stage, default: byDefault, locked } = spec;
  let sound = true;
  const wrong = (field: string, code: string, message: string, expected: string): void => {
    sound = false;
    error([...path, field], code, message, { expected });
  };
  if (!MATURITIES.includes(stage as Maturity)) {
    wrong('stage', 'no-stage', `stage is ${preview(stage)}`, oneOf(MATURITIES));
  } else if ((stage === 'deprecated' || stage === 'removed') && byDefault === undefined) {
    wrong('default', 'no-default', `a ${stage} gate needs a default`, 'true or false, what it is until it is set');
  }
  for (const [field, value] of Object.entries({ default: byDefault, locked })) {
    if (value !== undefined && typeof value !== 'boolean') {
      wrong(field, 'wrong-type', `${field} is ${preview(value)}`, 'true or false');
    }
  }
  if (stage === 'removed' && locked === false) {
    wrong('locked', 'removed-unlocked', 'a removed gate can no longer be set', 'no locked, or true');
  }
  return sound;
}
