import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import type { Severity } from './finding.ts';
import { RULE_NAMES } from './rule-names.ts';
import { LINT_RULES } from './rules.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'off'];

/** The severities that a command line asks for. What is said of a rule by name wins over --pedantic. Throws `UsageError`. */
export function severitiesOf(call: Pick<Call, 'texts' | 'has'>): ReadonlyMap<string, Severity> {
  const severities = new Map<string, Severity>();
  if (call.has('pedantic')) {
    for (const { id, severity } of LINT_RULES) if (severity === 'off') severities.set(id, 'warning');
  }
  for (const id of namesOf(call.texts('enable'))) severities.set(known(id, '--enable'), 'warning');
  for (const id of namesOf(call.texts('disable'))) severities.set(known(id, '--disable'), 'off');
  for (const given of namesOf(call.texts('severity'))) {
    const [id = '', wanted] = given.split('=');
    const severity = SEVERITIES.find((one) => one === wanted);
    if (severity === undefined) {
      throw new UsageError(`--severity is ${JSON.stringify(given)}; expected <rule>=error, =warning or =off`);
    }
    severities.set(known(id, '--severity'), severity);
  }
  return severities;
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
