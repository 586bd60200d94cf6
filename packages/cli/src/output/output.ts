import type { Call } from '../grammar/call.ts';
import { OUTPUTS, type Output } from '../grammar/global-options.ts';

export { jsonText } from './json.ts';

/** How the results of a command are shown. */
export function outputOf(call: Pick<Call, 'text'>): Output {
  return OUTPUTS.find((output) => output === call.text('output')) ?? 'table';
}
