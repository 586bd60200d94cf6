import type { FlagDefinition, FlagDocument, FlagSource } from '@flagwright/core';
import { booleanOf, FlagError, isRecord } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { mergeDocuments } from './documents.ts';
import { staticSource } from './static.ts';

/** Options of `envSource`. */
export interface EnvOptions {
  /** Default: `process.env`, as it is at each read. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What the names of the variables that hold one flag start with. Default: `FEATURE_FLAG_`. */
  readonly prefix?: string | undefined;
  /** The variable that holds many flags as JSON. Default: `FEATURE_FLAGS`. */
  readonly documentVariable?: string | undefined;
}

/**
 * Flags from environment variables, read once at each `read`; nothing hints at a change.
 *
 * `FEATURE_FLAG_<NAME>` is one flag. A name in capitals is lower-cased, `__` becomes `.` and `_` becomes `-`:
 * `FEATURE_FLAG_NEW_CHECKOUT` is `new-checkout`. A name with a small letter in it is the key as it is
 * (`FEATURE_FLAG_newCheckout`, `FEATURE_FLAG_old_cart`). The value is what the flag serves:
 *
 * - `1 t T true True TRUE` and `0 f F false False FALSE` are booleans, as Go's `ParseBool` has them: `1` and `0` too,
 *   for a flag is a switch first. Write `1.0` for the number.
 * - `12`, `-0.5`, `1e6` are numbers, as JSON writes them.
 * - what starts with `{`, `[` or `"` is JSON: `"1.10"` is a string.
 * - everything else is a string. An empty variable counts as not set.
 *
 * `FEATURE_FLAGS` is JSON: a whole document, or a map of flag key to the value it serves. Where both name a flag, its
 * own variable wins.
 *
 * Reading throws `FlagError('PARSE_ERROR')`, which names the variable and never its value.
 */
export function envSource(options: EnvOptions = {}): FlagSource {
  const { env = process.env, prefix = 'FEATURE_FLAG_', documentVariable = 'FEATURE_FLAGS' } = options;
  if (prefix === '') throw new FlagError('INVALID_ARGUMENT', 'the prefix is empty: every variable would be a flag');
  return staticSource('env', () => {
    const text = env[documentVariable];
    const whole = text === undefined || text.trim() === '' ? {} : readDocument(documentVariable, text);
    return mergeDocuments([whole, { flags: readFlags(env, prefix, documentVariable) }]);
  });
}

/** Variables that configure where flags come from, which a shorter prefix might take for flags. */
const CONFIGURATION =
  /^FEATURE_(?:PROVIDER|CONFIG|PROJECT|STAGE|REFRESH_INTERVAL|START_TIMEOUT|OFFLINE|SEND_EVENTS|OVERRIDES(?:_FILE)?|ALLOW_OVERRIDES_IN_PRODUCTION|CACHE_PATH|(?:FILE|POSTGRES|REDIS|HTTP|METRICS)_\w+|TABLE|FLAGS)$/;

function readFlags(
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
  documentVariable: string,
): ReadonlyMap<string, FlagDefinition> {
  const variables = new Map<string, string>();
  const flags = new Map<string, FlagDefinition>();
  // sorted, so that the revision does not depend on the order in which the variables were set
  for (const variable of Object.keys(env).sort()) {
    const value = env[variable];
    if (!variable.startsWith(prefix) || value === undefined || value === '') continue;
    if (variable === documentVariable || CONFIGURATION.test(variable)) continue;
    const key = keyOf(variable.slice(prefix.length));
    if (key === '') throw new FlagError('PARSE_ERROR', `the variable ${variable} names no flag`);
    const other = variables.get(key);
    if (other !== undefined) {
      const hint = 'unset one of the two';
      throw new FlagError(
        'PARSE_ERROR',
        `the variables ${other} and ${variable} are both flag "${key}". Hint: ${hint}`,
      );
    }
    variables.set(key, variable);
    flags.set(key, { default: readValue(variable, value) });
  }
  return flags;
}

function keyOf(name: string): string {
  if (/\p{Ll}/u.test(name)) return name;
  return name.toLowerCase().replaceAll('__', '.').replaceAll('_', '-');
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readValue(variable: string, text: string): unknown {
  const value = text.trim();
  const boolean = booleanOf(value);
  if (boolean !== undefined) return boolean;
  if (NUMBER.test(value) && Number.isFinite(Number(value))) return Number(value);
  return /^[{["]/.test(value) ? readJson(variable, value) : text;
}

/** JSON in a variable. What is wrong is told by its position only: the text may hold secrets. */
function readJson(variable: string, text: string): unknown {
  try {
    return parseText(text, { format: 'json' }).document;
  } catch (error) {
    const { code, issues } = FlagError.from(error);
    const place = issues[0]?.place;
    const where = place === undefined ? '' : ` at line ${place.line}, column ${place.column}`;
    const what =
      issues[0]?.code === 'duplicate-key' ? 'has a key twice' : code === 'TOO_LARGE' ? 'is too large' : 'is no JSON';
    const hint = /^["[{]/.test(text) ? '. Hint: put a text that starts like JSON in double quotes' : '';
    throw new FlagError(code, `the variable ${variable} ${what}${where}${hint}`);
  }
}

const PARTS = new Set([
  '$schema',
  'flags',
  'segments',
  '$evaluators',
  'attributes',
  'overrides',
  'bucketing',
  'metadata',
]);

function readDocument(variable: string, text: string): FlagDocument {
  const value = readJson(variable, text);
  if (!isRecord(value)) {
    throw new FlagError(
      'PARSE_ERROR',
      `the variable ${variable} is no JSON object; expected {"flags": …} or {"key": value}`,
    );
  }
  const isDocument =
    typeof value.flags === 'object' && value.flags !== null && Object.keys(value).every((key) => PARTS.has(key));
  if (isDocument) return value;
  return { flags: new Map(Object.entries(value).map(([key, served]) => [key, { default: served }])) };
}
