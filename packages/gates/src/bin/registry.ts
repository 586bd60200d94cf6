import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlagError, isRecord, preview } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { type Options, textOption, UsageError } from './command.ts';

/**
 * The gates that the module of `--registry` exports; of a holder, those it holds; of a function, those it makes. Throws `UsageError` without one, and
 * `FlagError('NOT_FOUND')` or `UNAVAILABLE` for a module that is not there, cannot be imported, or exports no gates.
 */
export async function gatesFrom(options: Options): Promise<Gates> {
  const file = textOption(options, 'registry');
  if (file === undefined) throw new UsageError('-r is missing: the module that exports the gates');
  const name = textOption(options, 'export') ?? 'gates';
  const path = resolve(file);
  if (!existsSync(path)) throw new FlagError('NOT_FOUND', `there is no file ${file}`);
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    const hint = /^\.[cm]?tsx?$/.test(extname(path)) ? '. Give the file it is built to, as ./dist/features.js' : '';
    throw new FlagError('UNAVAILABLE', `${file} cannot be imported: ${FlagError.from(cause).message}${hint}`, {
      cause,
    });
  }
  const exported = (module as Readonly<Record<string, unknown>>)[name];
  const made = typeof exported === 'function' ? await madeBy(file, name, exported as () => unknown) : exported;
  const gates = isRecord(made) && 'current' in made ? made.current : made;
  if (isGates(gates)) return gates;
  const others = Object.entries(module as object).flatMap(([key, value]) =>
    isGates(value) || (typeof value === 'function' && /gates$/i.test(key)) ? [key] : [],
  );
  const hint = others.length === 0 ? '' : `. Did you mean --export ${others[0]}?`;
  throw new FlagError('NOT_FOUND', `${file} exports no gates as ${name}, but ${preview(made)}${hint}`);
}

async function madeBy(file: string, name: string, make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (cause) {
    throw new FlagError('UNAVAILABLE', `${name} of ${file} threw: ${FlagError.from(cause).message}`, { cause });
  }
}

/** The module may have another copy of this package, so its gates are known by what they can do. */
function isGates(value: unknown): value is Gates {
  if (!isRecord(value) || !isRecord(value.program)) return false;
  return (['list', 'state', 'has', 'history'] as const).every((method) => typeof value[method] === 'function');
}
