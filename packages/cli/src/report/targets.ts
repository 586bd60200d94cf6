import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { refuseInput } from './not-an-input.ts';

/**
 * Refuses command lines whose reports (options with the name of a file) would come to the same place: two documents in one
 * standard output, or one file. Whatever form is asked for by `-o` is one of them; a variable that asks for it is not.
 * Throws `UsageError`.
 */
export function refuseOnePlace(call: Pick<Call, 'text' | 'has'>, options: readonly string[]): void {
  const seen = new Map<string, string>();
  const output = call.text('output');
  if (call.has('output') && output !== undefined && !TEXTS.has(output)) seen.set('-', `-o ${output}`);
  for (const option of options) {
    const target = call.text(option);
    if (target === undefined) continue;
    const other = seen.get(target);
    if (other !== undefined) {
      const place = target === '-' ? 'the standard output' : target;
      throw new UsageError(`${other} and --${option} both write to ${place}`, ['Name a file for one of them']);
    }
    seen.set(target, `--${option}`);
  }
}

/** Forms for people: where a report goes to the standard output they give way. */
const TEXTS: ReadonlySet<string> = new Set(['table', 'wide', 'name']);

/** Whether a report goes to the standard output, which then is for nothing else. */
export function isOutputTaken(call: Pick<Call, 'text'>, options: readonly string[]): boolean {
  return options.some((option) => call.text(option) === '-');
}

/** Refuses reports over files that were read. Throws `UsageError`. */
export async function refuseInputs(call: Call, options: readonly string[], inputs: readonly string[]): Promise<void> {
  for (const option of options) {
    const target = call.text(option);
    if (target !== undefined) await refuseInput(call.world, `--${option}`, target, inputs);
  }
}
