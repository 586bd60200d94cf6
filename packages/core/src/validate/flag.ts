import { MAX_BUCKETS } from '../bucket.ts';
import type { FlagDefinition, RolloutDefinition, RuleDefinition } from '../document.generated.ts';
import { FlagError } from '../error.ts';
import { instantOf } from '../instant.ts';
import type { Issue, Path, Report } from '../issue.ts';
import { oneOf, preview } from '../issue.ts';
import { compileTargeting } from '../logic/index.ts';
import type { FlagType, Model } from '../model.ts';
import { readModel, resolveVariant, yieldedVariant } from '../model.ts';
import { ROLLOUT_TOTAL } from '../rule.ts';
import { documentSchema } from '../schema.ts';
import { readTargeting } from '../targeting.ts';
import type { Vocabulary } from '../vocabulary.ts';
import { logicEnv } from '../vocabulary.ts';
import { checkClause } from './clause.ts';
import type { Trail } from './shape.ts';
import { compileShape } from './shape.ts';

/** What loading needs to know of a flag that is fit to use. */
export interface FlagFacts {
  readonly type: FlagType;
  /** Keys of the flags it needs. */
  readonly prerequisites: readonly string[];
  /** What its answers depend on besides its definition: `segment:x`, `evaluator:x`, `attribute:x`, `time`. */
  readonly uses: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();
const NO_KEYS: readonly string[] = [];

const independents = new Map<FlagType, FlagFacts>();

/** The facts, shared, of a flag that depends on nothing. */
function independent(type: FlagType): FlagFacts {
  let facts = independents.get(type);
  if (facts === undefined) {
    facts = Object.freeze({ type, prerequisites: NO_KEYS, uses: NOTHING });
    independents.set(type, facts);
  }
  return facts;
}

const shapes = /* @__PURE__ */ compileShape(documentSchema);
const flagShape = /* @__PURE__ */ shapes.named('flag');

/** Checks one flag definition by itself. Undefined if it cannot be used; every reason is reported. */
export function checkFlag(key: string, raw: unknown, words: Vocabulary, report: Report): FlagFacts | undefined {
  const trail: Trail = ['flags', key];
  let sound = true;
  const hear: Report = (issue) => {
    if (issue.severity === 'error') sound = false;
    report(issue);
  };
  if (key === '')
    hear({ severity: 'error', code: 'empty-key', path: trail, message: 'a flag has an empty key', expected: 'a key' });
  // one shape tells all it sees; what a definition means can only be asked of one that has the right shape
  if (!flagShape(raw, trail, hear)) return undefined;
  const definition = raw as FlagDefinition;
  let uses: Set<string> | undefined;
  const use = (dependency: string): void => {
    uses ??= new Set();
    uses.add(dependency);
  };
  const checker = new FlagChecker(key, definition, trail, words, use, hear);
  const type = checker.run();
  if (!sound) return undefined;
  if (uses === undefined && definition.prerequisites === undefined) return independent(type);
  const prerequisites = definition.prerequisites?.map((prerequisite) => prerequisite.key) ?? NO_KEYS;
  return { type, prerequisites, uses: uses ?? NOTHING };
}

class FlagChecker {
  readonly #model: Model;
  readonly key: string;
  readonly definition: FlagDefinition;
  readonly trail: Trail;
  readonly words: Vocabulary;
  readonly use: (dependency: string) => void;
  readonly report: Report;

  constructor(
    key: string,
    definition: FlagDefinition,
    trail: Trail,
    words: Vocabulary,
    use: (dependency: string) => void,
    report: Report,
  ) {
    this.key = key;
    this.definition = definition;
    this.trail = trail;
    this.words = words;
    this.use = use;
    this.report = report;
    this.#model = readModel(definition, trail, report);
  }

  run(): FlagType {
    this.#state();
    this.#weights();
    this.#references();
    this.#rules();
    this.#targeting();
    this.#timestamps();
    return this.#model.type;
  }

  #issue(severity: Issue['severity'], code: string, steps: Path, message: string, rest: Partial<Issue> = {}): void {
    this.report({ severity, code, path: [...this.trail, ...steps], message, ...rest });
  }

  #variant(reference: string | number | boolean, steps: Path): void {
    // the path is only put together where there is something to say
    resolveVariant(this.#model, reference, steps, (issue) =>
      this.report({ ...issue, path: [...this.trail, ...issue.path] }),
    );
  }

  #state(): void {
    const { enabled, state, key } = this.definition;
    if (enabled !== undefined && state !== undefined && enabled !== (state === 'ENABLED')) {
      this.#issue('error', 'contradiction', ['state'], `\`state: ${state}\` contradicts \`enabled: ${enabled}\``, {
        hint: 'keep one of the two',
      });
    }
    if (key !== undefined && key !== this.key) {
      this.#issue('error', 'contradiction', ['key'], `the key ${preview(key)} stands under ${preview(this.key)}`, {
        hint: 'remove `key`, or make the two agree',
      });
    }
  }

  #weights(): void {
    const total = this.#model.variants.reduce((sum, variant) => sum + variant.weight, 0);
    if (total <= MAX_BUCKETS) return;
    this.#issue('error', 'weights-sum', ['variants'], `the weights add up to ${total}`, {
      expected: `a sum of at most ${MAX_BUCKETS}`,
    });
  }

  #references(): void {
    const { defaultVariant, offVariant, fallthrough, targets, prerequisites } = this.definition;
    if (defaultVariant !== undefined && defaultVariant !== null) this.#variant(defaultVariant, ['defaultVariant']);
    if (offVariant !== undefined) this.#variant(offVariant, ['offVariant']);
    if (typeof fallthrough === 'object') {
      if (fallthrough.variation !== undefined) this.#variant(fallthrough.variation, ['fallthrough', 'variation']);
      if (fallthrough.rollout !== undefined) this.#rollout(fallthrough.rollout, ['fallthrough', 'rollout']);
    } else if (fallthrough !== undefined) {
      this.#variant(fallthrough, ['fallthrough']);
    }
    targets?.forEach((target, i) => {
      this.#variant(target.variation, ['targets', i, 'variation']);
    });
    prerequisites?.forEach((prerequisite, i) => {
      if (prerequisite.key !== this.key) return;
      this.#issue('error', 'cycle', ['prerequisites', i, 'key'], 'the flag is its own prerequisite', {
        hint: 'remove it',
      });
    });
  }

  #rules(): void {
    const { rules } = this.definition;
    if (rules === undefined) return;
    // the first rule that leaves nobody, or only those without a targeting key
    let closed: number | undefined;
    let keyless = false;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      if (closed !== undefined && !(keyless && asksForNoKey(rule))) {
        this.#unreachable(rule, i, closed, keyless);
        closed = undefined;
      }
      this.#rule(rule, i);
      if (rule.clauses !== undefined && rule.clauses.length > 0) continue;
      const by = splitBy(rule);
      if (by === undefined) [closed, keyless] = [i, false];
      else if (isKey(by) && (rule.rollout !== undefined || rule.percentage! >= 100)) [closed, keyless] = [i, true];
    }
  }

  #unreachable(rule: RuleDefinition, i: number, closed: number, keyless: boolean): void {
    const tell = (message: string, hint: string): void =>
      this.#issue('warning', 'unreachable-rule', ['rules', i], message, { hint });
    const by = splitBy(rule);
    if (!keyless) tell(`no one gets here: rule ${closed} matches everybody`, 'put the rule without clauses last');
    else if (by !== undefined && isKey(by)) {
      tell(
        `no one is served by this: rule ${closed} serves everybody with a targeting key, and this splits by it, too`,
        'give the earlier rule clauses, or remove one of the two',
      );
    } else {
      tell(
        `only contexts without a targeting key get here: rule ${closed} serves all others`,
        'if they are meant, say so with a clause: { attribute: key, operator: exists, negate: true }',
      );
    }
  }

  #rule(rule: RuleDefinition, i: number): void {
    const { clauses, variation, percentage, rollout } = rule;
    const { trail } = this;
    if (clauses !== undefined) {
      for (let j = 0; j < clauses.length; j++) {
        trail.push('rules', i, 'clauses', j);
        checkClause(clauses[j]!, trail, this.words, this.use, this.report);
        trail.length -= 4;
      }
    }
    if (rollout !== undefined) {
      this.#rollout(rollout, ['rules', i, 'rollout']);
      if (percentage !== undefined) {
        this.#issue('error', 'contradiction', ['rules', i, 'percentage'], '`percentage` stands beside `rollout`', {
          expected: 'one of `variation`, `variation` with `percentage`, or `rollout`',
        });
      } else if (variation !== undefined && variation !== 0) {
        this.#issue('warning', 'rollout-wins', ['rules', i, 'variation'], '`variation` is ignored beside `rollout`', {
          hint: 'remove one of the two',
        });
      }
    } else if (variation === undefined) {
      this.#issue('error', 'empty-rule', ['rules', i], 'the rule serves nothing', {
        expected: '`variation`, `variation` with `percentage`, or `rollout`',
      });
    }
    if (variation !== undefined && (rollout === undefined || variation !== 0))
      this.#variant(variation, ['rules', i, 'variation']);
  }

  #rollout(rollout: RolloutDefinition, steps: Path): void {
    let sum = 0;
    rollout.variations.forEach((share, i) => {
      sum += share.weight;
      this.#variant(share.variation, [...steps, 'variations', i, 'variation']);
    });
    if (sum === ROLLOUT_TOTAL) return;
    const what = sum < ROLLOUT_TOTAL ? 'the last variation gets the rest' : 'those past 100000 are never served';
    this.#issue('warning', 'weights-sum', [...steps, 'variations'], `the weights add up to ${sum}; ${what}`, {
      expected: `a sum of ${ROLLOUT_TOTAL}`,
      ...(sum === 100 ? { hint: 'weights are thousandths of a percent: 20 % is 20000' } : {}),
    });
  }

  #targeting(): void {
    const { definition, trail } = this;
    let logic: unknown;
    try {
      logic = readTargeting(definition);
    } catch (thrown) {
      const error = FlagError.from(thrown);
      this.#issue('error', 'bad-json', ['targeting'], error.message, {
        expected: 'JSON Logic as an object or as JSON text',
      });
      return;
    }
    if (logic === undefined) return;
    if (definition.rules !== undefined && definition.rules.length > 0) {
      this.#issue('error', 'contradiction', ['targeting'], 'the flag has both `rules` and `targeting`', {
        hint: 'keep one of the two',
      });
    }
    const env = logicEnv(this.key, this.words, this.use, this.report);
    compileTargeting(logic, env, [...trail, 'targeting'], (value, _split, path = []) => {
      if (value === null || value === undefined || yieldedVariant(this.#model, value) !== undefined) return undefined;
      this.#issue(
        'warning',
        'unknown-variant',
        path.length === 0 ? ['targeting'] : path.slice(trail.length),
        `targeting can yield ${preview(value)}, which is no variant`,
        {
          expected: `${oneOf(this.#model.variants.map((variant) => variant.name))}, or null for the default`,
          hint: 'where it does, the caller gets its own default and an error',
        },
      );
      return undefined;
    });
  }

  #timestamps(): void {
    for (const name of ['createdAt', 'updatedAt', 'created_at', 'updated_at'] as const) {
      const value = this.definition[name];
      if (typeof value !== 'string' || instantOf(value) !== undefined) continue;
      this.#issue('warning', 'bad-date', [name], `${preview(value)} is no date`, {
        expected: 'an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z',
      });
    }
  }
}

/** The attribute that a rule hashes; it passes over who does not have it. Undefined if it serves all whom it matches. */
function splitBy({ rollout, percentage }: RuleDefinition): string | undefined {
  if (rollout !== undefined) return rollout.bucketBy ?? 'key';
  return percentage === undefined ? undefined : 'key';
}

const isKey = (attribute: string | undefined): boolean => attribute === 'key' || attribute === 'targetingKey';

/** Whether a rule says that it is for those who have no targeting key. */
function asksForNoKey({ clauses = [] }: RuleDefinition): boolean {
  return clauses.some(
    ({ attribute, operator, negate = false, values = [] }) =>
      isKey(attribute) && operator === 'exists' && (values.length === 0 ? negate : values.includes(negate)),
  );
}
