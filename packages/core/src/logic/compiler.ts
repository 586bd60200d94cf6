import { formatPath, type Issue, type Path, preview, suggest } from '../issue.ts';
import { BROKEN, type Code, code, constant } from './code.ts';
import type { LogicEnv } from './env.ts';
import type { Call, Compiler, Operator } from './operator.ts';
import { OPERATOR_MAP } from './operators.ts';

const SIMPLER = 'split the expression up, or use rules and segments';

/** The deepest nesting of operators and lists in one expression, shared evaluators written out. */
export const MAX_DEPTH = 64;
/** The most operators and values in one expression, shared evaluators written out; `in` lists have their own bound. */
export const MAX_NODES = 10_000;
/** The most members of literal `in` lists in one expression; a shared list counts once. */
export const MAX_MEMBERS = 100_000;

const REF = '$ref';

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isRef(raw: unknown): raw is { readonly $ref: unknown } {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, REF)) return false;
  return isPlainObject(raw) && Object.keys(raw).length === 1;
}

/** What becomes of an expression: of what has a value of its own, and of the use of an operator. */
export interface Visit<T> {
  readonly leaf: (code: Code) => T;
  readonly use: (operator: Operator, call: Call) => T;
}

/** The compiler as its creator sees it. */
export interface RootCompiler extends Compiler {
  walk<T>(raw: unknown, path: Path, visit: Visit<T>): T;
  /** An error was reported. */
  failed(): boolean;
}

function callOf(name: string, operand: unknown, path: Path): Call {
  if (Array.isArray(operand)) return { name, args: operand, computed: false, path, at: (i) => [...path, i] };
  const computed = typeof operand === 'object' && operand !== null && Object.keys(operand).length > 0;
  return { name, args: [operand], computed, path, at: () => path };
}

/** Sees each use of an operator once it is compiled, list operators' insides excepted, and may put other code in its place. */
export type Watch = (call: Call, built: Code) => Code;

/** A compiler for one expression: it holds the bounds, the references being followed and whether anything failed. */
export function createCompiler(env: LogicEnv, watch?: Watch): RootCompiler {
  let failed = false;
  let stopped = false;
  let nodes = 0;
  let depth = 0;
  let nested = false;
  let members = 0;
  const counted = new Set<object>();
  const ancestors = new Set<object>();
  const refs: string[] = [];
  /** An operand may be looked at twice, to see what it is and to compile it; its issues are told once. */
  const told = new Set<string>();

  function issue(severity: Issue['severity'], path: Path, about: Omit<Issue, 'severity' | 'path'>): void {
    if (severity === 'error') failed = true;
    const key = `${about.code} ${formatPath(path)} ${about.message}`;
    if (told.has(key)) return;
    told.add(key);
    const inside = refs.length === 0 ? '' : `in shared evaluator ${JSON.stringify(refs[refs.length - 1])}: `;
    env.report({ ...about, severity, path, message: inside + about.message });
  }

  function error(path: Path, about: Omit<Issue, 'severity' | 'path'>): Code {
    if (!stopped) issue('error', path, about);
    return BROKEN;
  }

  /** A bound is exceeded: say so once, and look no further. */
  function stop(path: Path, about: Omit<Issue, 'severity' | 'path'>): Code {
    error(path, about);
    stopped = true;
    return BROKEN;
  }

  function withinNodes(path: Path): boolean {
    nodes += 1;
    if (nodes > MAX_NODES)
      stop(path, { code: 'too-large', message: `more than ${MAX_NODES} operators and values`, hint: SIMPLER });
    return !stopped;
  }

  function deeper<T>(path: Path, otherwise: T, build: () => T): T {
    if (depth >= MAX_DEPTH) {
      stop(path, { code: 'too-deep', message: `nested deeper than ${MAX_DEPTH} levels`, hint: SIMPLER });
      return otherwise;
    }
    depth += 1;
    const built = build();
    depth -= 1;
    return built;
  }

  function deref<T>(raw: unknown, path: Path, otherwise: T, build: (raw: unknown, path: Path) => T): T {
    if (!isRef(raw)) return build(raw, path);
    const name = raw[REF];
    if (typeof name !== 'string') {
      error(path, {
        code: 'invalid-ref',
        message: `$ref is ${preview(name)}`,
        expected: 'the name of a shared evaluator',
      });
      return otherwise;
    }
    env.use(`evaluator:${name}`);
    if (refs.includes(name)) {
      const cycle = [...refs.slice(refs.indexOf(name)), name].join(' → ');
      error(path, {
        code: 'ref-cycle',
        message: `shared evaluators refer to each other in a circle: ${cycle}`,
        hint: 'break the circle',
      });
      return otherwise;
    }
    const shared = env.evaluator(name);
    if (shared === undefined) {
      error(path, {
        code: 'unknown-ref',
        message: `there is no shared evaluator ${JSON.stringify(name)}`,
        expected: 'the name of an expression under `$evaluators`',
      });
      return otherwise;
    }
    if (!withinNodes(path)) return otherwise;
    return deeper(path, otherwise, () => {
      refs.push(name);
      const built = deref(shared, [...path, REF], otherwise, build);
      refs.pop();
      return built;
    });
  }

  function list(raw: readonly unknown[], path: Path): Code {
    if (raw.length > MAX_NODES)
      return stop(path, { code: 'too-large', message: `a list of ${raw.length} values`, hint: SIMPLER });
    const parts = Array.from(raw, (item, i) => compile(item, [...path, i]));
    if (parts.every((part) => part.constant)) return constant(parts.map((part) => part.value));
    const runs = parts.map((part) => part.run);
    const random = parts.some((part) => part.random);
    return code((context, scope) => runs.map((run) => run(context, scope)), { random });
  }

  function operation<T>(raw: Readonly<Record<string, unknown>>, path: Path, { leaf, use }: Visit<T>): T {
    const names = Object.keys(raw);
    if (names.length === 0) return leaf(constant(raw));
    if (names.length > 1) {
      const message = `an object with the keys ${preview(names)}`;
      return leaf(
        error(path, { code: 'several-operators', message, expected: 'an object with one key, the operator' }),
      );
    }
    const name = names[0]!;
    const operator = OPERATOR_MAP.get(name);
    if (operator === undefined) return leaf(unknownOperator(name, [...path, name]));
    return deref(raw[name], [...path, name], leaf(BROKEN), (operand, at) => {
      const call = callOf(name, operand, at);
      const { args } = call;
      if (args.length > MAX_NODES)
        return leaf(stop(at, { code: 'too-large', message: `${args.length} operands`, hint: SIMPLER }));
      const count = `${JSON.stringify(name)} has ${args.length} operand${args.length === 1 ? '' : 's'}`;
      if (args.length < operator.min && !(call.computed && operator.spreads)) {
        return leaf(error(at, { code: 'missing-operand', message: count, expected: operator.arity }));
      }
      if (args.length > operator.max) {
        issue('warning', at, {
          code: 'extra-operand',
          message: `${count}; the rest is ignored`,
          expected: operator.arity,
        });
      }
      return use(operator, call);
    });
  }

  function unknownOperator(name: string, path: Path): Code {
    const near = suggest(name, OPERATOR_MAP.keys());
    const hint = near === undefined ? {} : { hint: `did you mean ${JSON.stringify(near)}?` };
    return error(path, {
      code: 'unknown-operator',
      message: `there is no operator ${preview(name)}`,
      expected: 'a JSON Logic operator',
      ...hint,
    });
  }

  function guarded<T>(raw: object, path: Path, otherwise: T, build: () => T): T {
    if (ancestors.has(raw)) {
      stop(path, { code: 'cyclic', message: 'the expression contains itself', expected: 'plain JSON' });
      return otherwise;
    }
    ancestors.add(raw);
    const built = deeper(path, otherwise, build);
    ancestors.delete(raw);
    return built;
  }

  function walk<T>(raw: unknown, path: Path, visit: Visit<T>): T {
    const { leaf } = visit;
    if (stopped || !withinNodes(path)) return leaf(BROKEN);
    if (raw === null || raw === undefined) return leaf(constant(null));
    if (typeof raw !== 'object') {
      if (typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean') return leaf(constant(raw));
      return leaf(error(path, { code: 'not-json', message: `a ${typeof raw} is not JSON`, expected: 'plain JSON' }));
    }
    if (isRef(raw)) return deref(raw, path, leaf(BROKEN), (shared, at) => walk(shared, at, visit));
    if (Array.isArray(raw)) return guarded(raw, path, leaf(BROKEN), () => leaf(list(raw, path)));
    if (!isPlainObject(raw))
      return leaf(
        error(path, { code: 'not-json', message: `${preview(raw)} is not a JSON object`, expected: 'plain JSON' }),
      );
    return guarded(raw, path, leaf(BROKEN), () => operation(raw, path, visit));
  }

  const whole: Visit<Code> = {
    leaf: (built) => built,
    use: (operator, call) => {
      const built = operator.compile(call, compiler);
      return watch === undefined || nested ? built : watch(call, built);
    },
  };

  function compile(raw: unknown, path: Path): Code {
    return walk(raw, path, whole);
  }

  const compiler: RootCompiler = {
    env,
    nested: () => nested,
    failed: () => failed,
    results: new WeakMap(),
    compile,
    walk,
    deref,
    deeper,
    error,
    warn: (path, about) => issue('warning', path, about),
    inside(build) {
      const before = nested;
      nested = true;
      const built = build();
      nested = before;
      return built;
    },
    countMembers(values, path) {
      if (counted.has(values)) return true;
      counted.add(values);
      members += values.length;
      if (members > MAX_MEMBERS)
        stop(path, { code: 'too-large', message: `"in" lists hold more than ${MAX_MEMBERS} values` });
      return !stopped;
    },
  };
  return compiler;
}
