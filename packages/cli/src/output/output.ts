import type { Call } from '../grammar/call.ts';
import { OUTPUTS, type Output } from '../grammar/global-options.ts';

/** How the results of a command are shown. */
export function outputOf(call: Pick<Call, 'text'>): Output {
  return OUTPUTS.find((output) => output === call.text('output')) ?? 'table';
}

/** Data as JSON for people and programs: indented, with a line break at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
