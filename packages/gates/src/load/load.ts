import { FlagError, type Issue } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import { readArgs } from '../input/args.ts';
import { type Environment, readEnv } from '../input/env.ts';
import type { GateFlagOptions } from '../input/flags.ts';
import { type Reading, readingError } from '../input/reading.ts';
import type { Layer, LayerName } from '../layer.ts';
import { gateError } from '../registry.ts';
import { type GateFileOptions, readFileOfGates } from './gate-file.ts';

/** A file by its path, or with how to read it. */
export type GateFile = string | ({ readonly path: string } & Omit<GateFileOptions, 'layer'>);

/** Options of `loadGates`. */
export interface LoadOptions extends GateFlagOptions {
  /** The command line, without the program; false for none. Default: `process.argv.slice(2)`. */
  readonly argv?: readonly string[] | false | undefined;
  /** The environment; false for none. Default: `process.env`. */
  readonly env?: Environment | false | undefined;
  /** The configuration file given to the program, which must be there unless it is `optional`. Default: none. */
  readonly file?: GateFile | undefined;
  /** The file kept in step with the cluster. It may be missing unless `optional` is false. Default: none. */
  readonly local?: GateFile | undefined;
  /** What the users of a library have set. Default: nothing. */
  readonly userLayer?: Layer | undefined;
}

/** Gates as everything outside the program sets them. */
export interface LoadedGates<N extends string = string> {
  readonly gates: Gates<N>;
  /** The command line without the options that set gates. */
  readonly rest: readonly string[];
}

/**
 * Reads command line, environment and files, and lays them over the gates: what most programs need, in one call.
 *
 * Throws `FlagError` with every problem of all of them: `INVALID_ARGUMENT`, or if one file is all that is wrong, what
 * `readGateFile` throws.
 */
export async function loadGates<N extends string>(gates: Gates<N>, options: LoadOptions = {}): Promise<LoadedGates<N>> {
  const { argv = process.argv.slice(2), env = process.env, file, local, userLayer } = options;
  checkGatesGiven(gates);
  const args = argv === false ? undefined : readArgs(argv, options);
  const sources: readonly (readonly [LayerName, (() => Reading | Promise<Reading>) | undefined])[] = [
    ['flag', args === undefined ? undefined : () => args.reading],
    ['env', env === false ? undefined : () => readEnv(gates, env)],
    ['file', file === undefined ? undefined : () => readOne(file, 'file')],
    ['local', local === undefined ? undefined : () => readOne(local, 'local')],
  ];
  const layers: Layer[] = userLayer === undefined ? [] : [userLayer];
  const problems: FlagError[] = [];
  for (const [name, read] of sources) {
    if (read === undefined) continue;
    try {
      const { settings, issues } = await read();
      layers.push({ name, settings });
      const code = name === 'flag' || name === 'env' ? 'INVALID_ARGUMENT' : 'PARSE_ERROR';
      if (issues.length > 0) problems.push(readingError(issues, code));
    } catch (error) {
      problems.push(FlagError.from(error));
    }
  }
  try {
    const loaded = gates.with(...layers);
    if (problems.length === 0) return { gates: loaded, rest: args?.rest ?? [] };
  } catch (error) {
    const refused = FlagError.from(error);
    if (problems.length === 0) throw refused;
    // a requirement may be unmet only because its own setting could not be read
    const issues = refused.issues.filter(({ code }) => code !== 'unmet-requirement');
    if (issues.length > 0) problems.push(gateError('', issues));
  }
  throw problems.length === 1 ? problems[0]! : together(gates, problems);
}

function readOne(file: GateFile, layer: 'file' | 'local'): Promise<Reading> {
  const { path, ...options } = typeof file === 'string' ? { path: file } : file;
  return readFileOfGates(path, { optional: layer === 'local', ...options, layer });
}

function together({ program }: Gates, problems: readonly FlagError[]): FlagError {
  const issues = problems.flatMap(({ issues, message }): readonly Issue[] =>
    issues.length > 0 ? issues : [{ severity: 'error', code: 'unreadable', path: [], message }],
  );
  return gateError(`the feature gates of ${program.program} cannot be set so`, issues);
}
