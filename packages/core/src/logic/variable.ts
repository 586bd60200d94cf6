import type { EvaluationContext, Scope } from '../scope.ts';
import { type Code, code, constant } from './code.ts';
import type { Expression } from './env.ts';
import { lintVariable } from './lint.ts';
import { isInherited, type Read, reader } from './lookup.ts';
import { type Call, type Compiler, type Operator, operands } from './operator.ts';
import { toNumber, toText } from './values.ts';

/** The name flagd gives the flag's own key. */
export const FLAG_KEY = '$flagd.flagKey';
const TIMESTAMP = '$flagd.timestamp';
const FLAGD = '$flagd';

type Lookup = (context: EvaluationContext, scope: Scope) => unknown;

function seconds(scope: Scope): number {
  return Math.floor(scope.now / 1000);
}

/** What flagd puts into the data beside the context; undefined for any other name. */
function injected(name: string, compiler: Compiler): Code | undefined {
  if (name !== FLAGD && !name.startsWith(`${FLAGD}.`)) return undefined;
  const { flagKey } = compiler.env;
  if (name === FLAG_KEY) return constant(flagKey, name);
  if (name !== FLAGD && name !== TIMESTAMP) return constant(null, name);
  compiler.env.use('time');
  if (name === TIMESTAMP) return code((_, scope) => seconds(scope), { variable: name });
  return code((_, scope) => ({ flagKey, timestamp: seconds(scope) }), { variable: name });
}

/** A lookup of a name known only at evaluation; it may turn out to be the time. */
function dynamicLookup(compiler: Compiler): (context: EvaluationContext, scope: Scope, name: string) => unknown {
  const { flagKey } = compiler.env;
  const nested = compiler.nested();
  if (!nested) compiler.env.use('time');
  return (context, scope, name) => {
    if (!nested && name.startsWith(FLAGD)) {
      if (name === FLAG_KEY) return flagKey;
      if (name === TIMESTAMP) return seconds(scope);
      if (name === FLAGD) return { flagKey, timestamp: seconds(scope) };
    }
    return reader(name)(context);
  };
}

function or(value: unknown, otherwise: Expression | undefined, context: EvaluationContext, scope: Scope): unknown {
  if (value !== undefined && value !== null) return value;
  return otherwise === undefined ? null : otherwise(context, scope);
}

function named(name: string, otherwise: Code | undefined, call: Call, compiler: Compiler): Code {
  if (name.startsWith('../')) {
    compiler.warn(call.path, {
      code: 'hidden-variable',
      message: `${JSON.stringify(name)}: there is no way up from a list's element`,
    });
  }
  if (!compiler.nested()) {
    const own = injected(name, compiler);
    if (own !== undefined) return own;
    if (name !== '') lintVariable(name, call.path, compiler);
  } else if (name === FLAGD || name.startsWith(`${FLAGD}.`)) {
    compiler.warn(call.path, {
      code: 'hidden-variable',
      message: `inside a list operator "var" sees the list's element, so ${JSON.stringify(name)} is not there`,
    });
  }
  const variable = compiler.nested() || name === '' ? undefined : name;
  const random = otherwise?.random ?? false;
  if (variable !== undefined && otherwise === undefined && !/[.\\]/.test(name) && !isInherited(name)) {
    return code(
      (context) => {
        const value = context[name];
        return value === undefined || typeof value === 'function' ? null : value;
      },
      { variable, plain: name },
    );
  }
  const read: Read = reader(name);
  const fallback = otherwise?.run;
  return code((context, scope) => or(read(context), fallback, context, scope), { variable, random });
}

function compileVar(call: Call, compiler: Compiler): Code {
  const [rawName] = call.args;
  const otherwise = call.args.length > 1 ? compiler.compile(call.args[1], call.at(1)) : undefined;
  if (rawName === undefined || rawName === null) return named('', otherwise, call, compiler);
  if (typeof rawName === 'string') return named(rawName, otherwise, call, compiler);
  const name = compiler.compile(rawName, call.at(0));
  if (name.constant && (typeof name.value !== 'object' || name.value === null)) {
    return named(toText(name.value) ?? '', otherwise, call, compiler);
  }
  const lookup = dynamicLookup(compiler);
  const fallback = otherwise?.run;
  const find: Lookup = (context, scope) => {
    let key = name.run(context, scope);
    let last: unknown = null;
    if (call.computed && Array.isArray(key)) [key, last = null] = key;
    const text = toText(key);
    const value = text === undefined ? undefined : lookup(context, scope, text);
    if (value !== undefined && value !== null) return value;
    return fallback === undefined ? last : fallback(context, scope);
  };
  return code(find, { random: name.random || (otherwise?.random ?? false) });
}

/** Which of the keys are not in the data; a key whose value is null is. */
function missingKeys(keys: readonly unknown[], isThere: (key: unknown) => boolean): unknown[] {
  return keys.filter((key) => !isThere(key));
}

function presence(compiler: Compiler): (context: EvaluationContext, scope: Scope) => (key: unknown) => boolean {
  const lookup = dynamicLookup(compiler);
  return (context, scope) => (key) => {
    const text = toText(key);
    return text !== undefined && lookup(context, scope, text) !== undefined;
  };
}

function lintKeys(raw: readonly unknown[], call: Call, compiler: Compiler): void {
  if (compiler.nested()) return;
  for (const key of raw) {
    if (typeof key === 'string' && key !== '' && !key.startsWith(FLAGD)) lintVariable(key, call.path, compiler);
  }
}

function compileMissing(call: Call, compiler: Compiler): Code {
  const parts = operands(call, compiler);
  lintKeys(call.args.flat(), call, compiler);
  const there = presence(compiler);
  return code((context, scope) => {
    const values = parts.map((part) => part.run(context, scope));
    const [first] = values;
    return missingKeys(Array.isArray(first) ? first : values, there(context, scope));
  });
}

function compileMissingSome(call: Call, compiler: Compiler): Code {
  const parts = operands(call, compiler);
  if (Array.isArray(call.args[1])) lintKeys(call.args[1], call, compiler);
  const there = presence(compiler);
  return code((context, scope) => {
    const first = parts[0]!.run(context, scope);
    const values = call.computed && Array.isArray(first) ? first : [first, parts[1]?.run(context, scope)];
    const keys: unknown[] = Array.isArray(values[1]) ? values[1] : [];
    const missing = missingKeys(keys, there(context, scope));
    return keys.length - missing.length >= toNumber(values[0]) ? [] : missing;
  });
}

/** Operators that look into the data. */
export const VARIABLE_OPERATORS: readonly Operator[] = [
  {
    name: 'var',
    arity: 'a name, and a default',
    min: 0,
    max: 2,
    spreads: true,
    summary:
      'The value of an attribute: by its exact name, then by dotted path; the default if absent or null, else null.',
    compile: compileVar,
  },
  {
    name: 'missing',
    arity: 'names, or a list of names',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    spreads: true,
    summary: 'The list of those names that the context does not have.',
    compile: compileMissing,
  },
  {
    name: 'missing_some',
    arity: 'a number and a list of names',
    min: 2,
    max: 2,
    spreads: true,
    summary: 'Empty if the context has at least that many of the names, else the list of those it does not have.',
    compile: compileMissingSome,
  },
];
