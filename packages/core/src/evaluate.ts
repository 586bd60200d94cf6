import { FlagError } from './error.ts';
import type { Evaluation, JsonValue, ValueType } from './evaluation.ts';
import { failed } from './evaluation.ts';
import type { CompiledFlag } from './flag.ts';
import { preview } from './issue.ts';
import type { EvaluationContext, Scope } from './scope.ts';
import type { Snapshot } from './snapshot.ts';

const NOBODY: EvaluationContext = Object.freeze({});

/**
 * What a flag serves to a context. Synchronous and total: it never throws, whatever it is given.
 *
 * An answer known at load is a shared frozen object, so a hot evaluation allocates nothing. A served value of
 * `undefined` means the caller's own default; so does an answer with an `errorCode`: `FLAG_NOT_FOUND`, `TYPE_MISMATCH`
 * when the flag is not of the wanted `type`, `PARSE_ERROR` when its definition cannot be used, `GENERAL` otherwise.
 *
 * @param type the type wanted; undefined takes any
 * @param now milliseconds since the epoch, instead of the snapshot's clock
 */
export function evaluate(
  snapshot: Snapshot,
  key: string,
  type?: ValueType,
  context?: EvaluationContext,
  now?: number,
): Evaluation {
  const flag = snapshot.flags.get(key);
  if (flag === undefined) return notFound(snapshot, key);
  const { fixed } = flag;
  const answer = fixed === undefined ? decide(snapshot, flag, context, now) : fixed;
  return type === flag.type ? answer : typed(flag, answer, type);
}

function notFound(snapshot: Snapshot, key: unknown): Evaluation {
  const name = typeof key === 'string' ? key : preview(key);
  return failed(name, 'FLAG_NOT_FOUND', `there is no flag ${preview(key)}`, snapshot.metadata);
}

function decide(
  snapshot: Snapshot,
  flag: CompiledFlag,
  context: EvaluationContext | undefined,
  now?: number,
): Evaluation {
  try {
    return flag.decide(context ?? NOBODY, scopeFor(snapshot, flag, now));
  } catch (thrown) {
    // a getter or a proxy in the context; nothing of our own throws
    return failed(flag.key, 'GENERAL', `evaluation failed: ${FlagError.from(thrown).message}`, flag.metadata);
  }
}

/** The shared scope, or one with a time or a memory for a flag that needs it. */
function scopeFor(snapshot: Snapshot, flag: CompiledFlag, now?: number): Scope {
  const { internals } = snapshot;
  if (internals.simple) return internals.scope;
  const uses = flag.facts?.uses;
  const nested = flag.facts !== undefined && flag.facts.prerequisites.length > 0;
  const timed = flag.timed || (nested && internals.timed);
  const branching = (nested && internals.links.branching) || (internals.words.branching && (nested || uses!.size > 0));
  if (!timed && !branching) return internals.scope;
  const time = timed ? (now ?? snapshot.clock()) : 0;
  return { ...internals.scope, now: time, memo: branching ? { flags: new Map(), segments: new Map() } : undefined };
}

/** The answer if its value is of the wanted type, else a failure. */
function typed(flag: CompiledFlag, answer: Evaluation, type: ValueType | undefined): Evaluation {
  const { value } = answer;
  if (type === undefined || value === undefined || answersTo(flag, value, type)) return answer;
  const message = `flag ${flag.key} is of type ${flag.type === 'object' ? 'json' : flag.type}, ${preview(value)} was asked for as ${typeof type === 'string' ? type : preview(type)}`;
  return failed(flag.key, 'TYPE_MISMATCH', message, flag.metadata);
}

function answersTo(flag: CompiledFlag, value: JsonValue, type: ValueType): boolean {
  if (flag.type === 'mixed') {
    return type === 'object'
      ? typeof value === 'object'
      : type === 'integer'
        ? Number.isSafeInteger(value)
        : typeof value === type;
  }
  if (type === 'integer') return flag.type === 'number' && Number.isSafeInteger(value);
  return type === 'number' && flag.type === 'integer';
}

/** What every flag of the snapshot serves to a context; flags that fail are among them, with their error. */
export function evaluateAll(
  snapshot: Snapshot,
  context: EvaluationContext = NOBODY,
  now?: number,
): ReadonlyMap<string, Evaluation> {
  const { internals } = snapshot;
  const answers = new Map<string, Evaluation>();
  const time = internals.timed ? (now ?? snapshot.clock()) : 0;
  const remembers = internals.links.prerequisites.size > 0 || internals.words.branching;
  const memo = remembers ? { flags: answers, segments: new Map<string, boolean>() } : undefined;
  const scope = memo === undefined && !internals.timed ? internals.scope : { ...internals.scope, now: time, memo };
  snapshot.flags.forEach((flag, key) => {
    let answer = flag.fixed;
    if (answer === undefined) {
      if (memo !== undefined && answers.has(key)) return;
      try {
        answer = flag.decide(context, scope);
      } catch (thrown) {
        answer = failed(key, 'GENERAL', `evaluation failed: ${FlagError.from(thrown).message}`, flag.metadata);
      }
    }
    answers.set(key, answer);
  });
  return answers;
}
