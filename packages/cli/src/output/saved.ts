import { formatPath, type Issue } from '@flagwright/core';
import type { Resource, Saved } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';
import { nounOfKind } from '../nouns/noun.ts';
import { oneLine } from './one-line.ts';
import { jsonText, outputOf } from './output.ts';
import { safe } from './safe.ts';
import { styleOf } from './style.ts';
import { manifestYaml } from './yaml.ts';

/** A resource by its kind and id: `feature-flag/new-checkout`; a stage definition with its stage, too. */
export function nameOf({ kind, id, metadata }: Pick<Resource<unknown>, 'kind' | 'id' | 'metadata'>): string {
  const noun = nounOfKind(kind as never);
  return `${noun.name}/${safe(id)}${kind === 'FeatureFlagStage' ? ` in ${safe(String(metadata.stage))}` : ''}`;
}

/** Says what came of a change, in the form that is asked for; what is doubtful goes to the standard error. */
export async function tellSaved(call: Call, saved: Saved<unknown>): Promise<void> {
  const output = outputOf(call);
  const { warnings, ...resource } = saved;
  tellWarnings(call, warnings);
  if (output === 'json') await call.world.out(jsonText(resource));
  else if (output === 'yaml') await call.world.out(manifestYaml(resource));
  else if (output === 'name') await call.world.out(`${nounOfKind(saved.kind as never).name}/${safe(saved.id)}\n`);
  else await call.world.out(`${nameOf(saved)} ${resultText(call, saved.result)}\n`);
}

/** `created`, or `created (dry run)`. */
export function resultText(call: Call, result: string): string {
  const style = styleOf(call);
  const paint = result === 'unchanged' ? style.dim : result === 'deleted' ? style.yellow : style.green;
  return `${paint(safe(result))}${call.has('dry-run') ? ' (dry run)' : ''}`;
}

/** What is doubtful, a line each, on the standard error. */
export function tellWarnings(call: Pick<Call, 'world' | 'has'>, warnings: readonly Issue[]): void {
  const style = styleOf(call, 'err');
  for (const { path, message, hint } of warnings) {
    const where = path.length === 0 ? '' : `${formatPath(path)}: `;
    call.world.err(
      `${style.yellow('Warning')}: ${safe(oneLine(`${where}${message}${hint === undefined ? '' : `. Hint: ${hint}`}`))}\n`,
    );
  }
}
