import { preview } from '@flagwright/core';
import { escaped, shown } from '../printable.ts';

/** In whose words it is told that a value is no boolean. */
export type Wording = 'kubernetes' | 'zarf';

/** What is wrong with a value that is no boolean, in the words of Kubernetes and Go's strconv, or in those of Zarf. */
export function notBoolean(name: string, value: unknown, wording: Wording): string {
  const text = typeof value === 'string' ? shortened(value) : escaped(preview(value));
  if (wording === 'zarf') return `unable to parse feature value: ${text} into bool for key: ${shortened(name)}`;
  const invalid = `invalid value of ${shortened(name)}=${text}`;
  if (typeof value !== 'string') return invalid;
  return `${invalid}, err: strconv.ParseBool: parsing ${escaped(JSON.stringify(cut(value)))}: invalid syntax`;
}

const MOST = 100;

/** A text as a message shows it: as it is, unless it is too long, or a terminal might obey it. */
export function shortened(text: string): string {
  return shown(cut(text));
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
