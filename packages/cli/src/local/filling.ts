import type { Call } from '../grammar/call.ts';

/** What fills templates in by `--set`; undefined if nothing is set, for texts may look so. Throws `UsageError`. */
export async function fillingOf(call: Call): Promise<((text: string, file: string) => string) | undefined> {
  if (!call.has('set')) return undefined;
  const { templatesOf } = await import('../manifests/template.ts');
  return templatesOf(call.texts('set')).fill;
}
