import { FlagError, oneOf, preview } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { type Reading, soundSettings } from '../input/reading.ts';
import type { Layer } from '../layer.ts';
import { shown } from '../printable.ts';
import type { GateDocument } from './document.ts';
import { type GateShape, readShapes, SHAPES } from './shapes.ts';
import { parseToml } from './toml.ts';

export type GateTextFormat = 'yaml' | 'json' | 'toml';

/** Options of `parseGateText`. */
export interface GateTextOptions {
  /** The name of the file, for messages and for `GateState.from`. Default: `the text`. */
  readonly file?: string | undefined;
  /** Default: `toml` and `json` (of `.jsonc` too, without comments) by the end of the file's name, else `yaml`. */
  readonly format?: GateTextFormat | undefined;
  /**
   * `local` is the file kept in step with a cluster, whose values win over it: it has `features` and `feature` alone, and
   * another part that sets gates is an error. Default: `file`.
   */
  readonly layer?: 'file' | 'local' | undefined;
  /** The parts of the file that set gates, for a program that has other uses for such a key. Default: all. */
  readonly shapes?: readonly GateShape[] | undefined;
}

/**
 * The layer of a configuration file in YAML, JSON or TOML: what it says under `features`, `featureGates`, `feature`,
 * `feature-enable` and `feature-disable`. Every other key is left alone.
 *
 * Throws `FlagError`: `PARSE_ERROR` with every problem and its line and column, `TOO_LARGE` beyond 16 MiB or 100
 * levels. Whether the names are known is told by `Gates.with`.
 */
export function parseGateText(text: string, options: GateTextOptions = {}): Layer {
  const settings = soundSettings(readGateText(text, options), 'PARSE_ERROR');
  return { name: options.layer ?? 'file', settings };
}

/** As `parseGateText`, with what is wrong beside what is right. Throws `FlagError` for a text that cannot be read at all. */
export function readGateText(text: string, options: GateTextOptions): Reading {
  const { shapes = SHAPES, format, layer } = options;
  check('format', format, FORMATS);
  check('layer', layer, LAYERS_OF_FILES);
  const unknown = shapes.find((shape) => !SHAPES.includes(shape));
  if (unknown !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', `shapes has ${preview(unknown)}; expected ${oneOf(SHAPES)}`);
  }
  return readShapes(documentOf(text, options), shapes, layer === 'local');
}

const FORMATS: readonly GateTextFormat[] = ['yaml', 'json', 'toml'];
const LAYERS_OF_FILES: readonly ('file' | 'local')[] = ['file', 'local'];

function check<T extends string>(option: string, value: T | undefined, known: readonly T[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new FlagError('INVALID_ARGUMENT', `${option} is ${preview(value)}; expected ${oneOf(known)}`);
}

function documentOf(text: string, { file = 'the text', format = formatOf(file) }: GateTextOptions): GateDocument {
  if (format === 'toml') return parseToml(text, file);
  try {
    const { document, locate } = parseText(text, { file, format });
    return { file, document, locate };
  } catch (thrown) {
    const { code, message, issues } = FlagError.from(thrown);
    throw new FlagError(code, message.split('\n').map(shown).join('\n'), { issues, cause: thrown });
  }
}

function formatOf(file: string): GateTextFormat {
  const [, end] = /\.(toml|json)$/i.exec(file.replace(/\.jsonc$/i, '.json')) ?? [];
  return (end?.toLowerCase() as GateTextFormat | undefined) ?? 'yaml';
}
