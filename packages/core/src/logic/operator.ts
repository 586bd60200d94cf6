import type { Issue, Path } from '../issue.ts';
import { type Code, code, fold } from './code.ts';
import type { Expression, LogicEnv } from './env.ts';

/** What an operator says about itself, and how it compiles a use of it. */
export interface Operator {
  readonly name: string;
  /** The operands in words, for messages and docs. */
  readonly arity: string;
  /** Fewer operands are an error. */
  readonly min: number;
  /** More operands are ignored, with a warning. */
  readonly max: number;
  /** A computed operand that yields a list supplies all operands: `{"max": {"var": "scores"}}`. */
  readonly spreads: boolean;
  readonly summary: string;
  readonly compile: (call: Call, compiler: Compiler) => Code;
}

/** One use of an operator. */
export interface Call {
  readonly name: string;
  /** The operands as written; a lone operand may be written without a list. */
  readonly args: readonly unknown[];
  /** There is no operand list but one expression in its place. */
  readonly computed: boolean;
  readonly path: Path;
  /** The path of one operand. */
  readonly at: (index: number) => Path;
}

/** What an operator may ask of the compiler. */
export interface Compiler {
  readonly env: LogicEnv;
  /** Inside map, filter, reduce, all, none or some: data is a list's element, not the evaluation context. */
  nested(): boolean;
  compile(raw: unknown, path: Path): Code;
  /** Builds from what `raw` is once shared evaluators are put in its place. */
  deref<T>(raw: unknown, path: Path, otherwise: T, build: (raw: unknown, path: Path) => T): T;
  /** Builds one level deeper, or reports that it is too deep. */
  deeper<T>(path: Path, otherwise: T, build: () => T): T;
  /** Compiles as seen from inside a list operator. */
  inside<T>(build: () => T): T;
  /** Counts a literal `in` list against its bound; false if that is exceeded. */
  countMembers(values: readonly unknown[], path: Path): boolean;
  /** What the comparison with these operands decides between, where it is the condition of an `if`. */
  readonly results: WeakMap<readonly unknown[], readonly [unknown, unknown]>;
  error(path: Path, about: Omit<Issue, 'severity' | 'path'>): Code;
  warn(path: Path, about: Omit<Issue, 'severity' | 'path'>): void;
}

/** Compiles every operand. */
export function operands(call: Call, compiler: Compiler): readonly Code[] {
  return Array.from(call.args, (arg, i) => compiler.compile(arg, call.at(i)));
}

interface Eager {
  /** The operator over operands already worked out. */
  readonly apply: (values: readonly unknown[]) => unknown;
  /** A closure for these operands that needs no list of values, if there is one. */
  readonly special?: (parts: readonly Code[]) => Expression | undefined;
  readonly boolean?: boolean;
}

/** Compiles an operator that works all operands out first and looks at nothing else. */
export function eager(call: Call, compiler: Compiler, { apply, special, boolean = false }: Eager): Code {
  const parts = operands(call, compiler);
  const random = parts.some((part) => part.random);
  if (call.computed) {
    const { run } = parts[0]!;
    const spread: Expression = (context, scope) => {
      const value = run(context, scope);
      return apply(Array.isArray(value) ? value : [value]);
    };
    return fold(code(spread, { boolean, random }), parts);
  }
  const runs = parts.map((part) => part.run);
  const general: Expression = (context, scope) => apply(runs.map((run) => run(context, scope)));
  return fold(code(special?.(parts) ?? general, { boolean, random }), parts);
}
