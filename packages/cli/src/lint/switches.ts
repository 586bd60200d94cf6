import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import type { Severity } from './finding.ts';
import { RULE_NAMES } from './rule-names.ts';
import { LINT_RULES } from './rules.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'off'];

/**
 * The severities that a command line asks for. What is said of a rule by name wins over --pedantic. Throws `UsageError`,
 * also where two options say different things of a rule.
 */
export function severitiesOf(call: Pick<Call, 'texts' | 'has'>): ReadonlyMap<string, Severity> {
  const named = new Map<string, { readonly option: string; readonly severity: Severity }>();
  const say = (rule: string, option: string, severity: Severity): void => {
    const id = known(rule, option);
    const before = named.get(id);
    // that one is looked for says nothing of how grave it is
    const isSame = before?.option === '--enable' ? severity !== 'off' : before?.severity === severity;
    if (before !== undefined && !isSame) {
      throw new UsageError(`${before.option} and ${option} say different things of ${id}`, ['Leave one of them out']);
    }
    named.set(id, { option, severity });
  };
  for (const id of namesOf(call.texts('enable'))) say(id, '--enable', 'warning');
  for (const id of namesOf(call.texts('disable'))) say(id, '--disable', 'off');
  for (const given of namesOf(call.texts('severity'))) {
    const [id = '', wanted] = given.split('=');
    const severity = SEVERITIES.find((one) => one === wanted);
    if (severity === undefined) {
      throw new UsageError(`--severity is ${JSON.stringify(given)}; expected <rule>=error, =warning or =off`);
    }
    say(id, '--severity', severity);
  }
  const pedantic = call.has('pedantic') ? LINT_RULES.filter(({ severity }) => severity === 'off') : [];
  return new Map<string, Severity>([
    ...pedantic.map(({ id }) => [id, 'warning'] as const),
    ...[...named].map(([id, { severity }]) => [id, severity] as const),
  ]);
}

/** Names that were given one by one, or several at once with commas. */
function namesOf(given: readonly string[]): readonly string[] {
  return given.flatMap((text) => text.split(',')).filter((name) => name !== '');
}

function known(id: string, option: string): string {
  if (RULE_NAMES.has(id)) return id;
  const near = nearest(id, [...RULE_NAMES]);
  throw new UsageError(`${option}: there is no rule ${JSON.stringify(id)}`, [
    ...(near === undefined ? [] : [`Did you mean ${near}?`]),
    "Run 'flagctl lint --rules' for all of them",
  ]);
}
