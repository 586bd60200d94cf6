import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { columnType, parseTypes } from './columns.ts';
import type { Bad, Contexts } from './contexts.ts';
import { declaredType, derivedSpecs } from './derive.ts';
import { fileContexts } from './files.ts';
import { generatedContexts } from './generate.ts';
import type { Reads } from './reads.ts';
import type { Sides } from './sides.ts';
import { nameWritten, parseSpecs } from './spec.ts';

/** The contexts that a command line asks for. */
export interface Chosen {
  readonly contexts: Contexts;
  /** How they are made, as `--generate` takes it. */
  readonly generator: string | undefined;
  /** Nobody said how, and values stand for others. */
  readonly derived: boolean;
  readonly seed: string;
}

/** Contexts of a file, made as it is said, or made of what the flag asks for. Throws `UsageError`. */
export function contextsFor(
  call: Call,
  { now, after, reasons }: Sides,
  reads: Reads,
  bad: Bad,
  signal: AbortSignal,
): Chosen {
  const file = call.text('contexts');
  const specs = call.texts('generate');
  const seed = call.text('seed') ?? '1';
  const typeOf = (name: string): ReturnType<typeof declaredType> =>
    declaredType((after ?? now).snapshot, name) ?? declaredType(now.snapshot, name);
  if (file !== undefined) {
    for (const name of ['generate', 'count', 'seed']) {
      if (call.has(name)) throw new UsageError(`--contexts and --${name} do not go together`);
    }
    if (file === '-' && [...call.texts('filename'), ...call.texts('after')].includes('-')) {
      throw new UsageError('the standard input cannot hold both flags and contexts');
    }
    const types = parseTypes(call.texts('types'));
    const key = call.text('key');
    const contexts = fileContexts(call.world, file, {
      key,
      bad,
      types,
      signal,
      typeOf: (name) => columnType(name, types, typeOf(name), reads),
    });
    return { contexts, generator: undefined, derived: false, seed };
  }
  for (const name of ['types', 'key', 'skip-invalid']) {
    if (call.has(name)) throw new UsageError(`--${name} goes with --contexts`);
  }
  const count = countOf(call.text('count'));
  const derived = specs.length === 0;
  // where the definitions do not tell who moves, those without a key may; else they would only stand in the way of shares
  const written = derived ? derivedSpecs(reads, typeOf, reasons.length > 0 ? undefined : 0) : specs;
  const made = parseSpecs(written);
  // users have a key, unless it is said that they have none
  const keyed = made.some(({ name }) => name === 'targetingKey' || name === 'key');
  const all = keyed ? made : [...parseSpecs(['targetingKey=uuid']), ...made];
  const generator = all.map(({ name, spec }) => `${nameWritten(name)}=${spec}`).join(',');
  const isTold = all.length > 1 || all.some(({ spec }) => spec !== 'uuid');
  return { contexts: generatedContexts(all, count, seed), generator, derived: derived && isTold, seed };
}

/** The most contexts that are made. */
const MOST = 1_000_000_000;

function countOf(text: string | undefined): number {
  const count = text === undefined ? 10_000 : /^[\d_,]+$/.test(text) ? Number(text.replace(/[_,]/g, '')) : 0;
  if (count >= 1 && count <= MOST) return count;
  throw new UsageError(`--count is ${JSON.stringify(text)}; expected a whole number from 1 to ${MOST}`);
}
