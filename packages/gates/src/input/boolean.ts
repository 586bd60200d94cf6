import { preview } from '@flagwright/core';

/** In whose words it is told that a value is no boolean. */
export type Wording = 'kubernetes' | 'zarf';

/** What is wrong with a value that is no boolean, in the words of Kubernetes and Go's strconv, or in those of Zarf. */
export function notBoolean(name: string, value: unknown, wording: Wording): string {
  const text = typeof value === 'string' ? shortened(value) : preview(value);
  if (wording === 'zarf') return `unable to parse feature value: ${text} into bool for key: ${shortened(name)}`;
  const invalid = `invalid value of ${shortened(name)}=${text}`;
  if (typeof value !== 'string') return invalid;
  return `${invalid}, err: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
}

const MOST = 100;

/** A text as it is, unless it is too long for a message. */
export function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
