import { instantOf } from '@flagwright/core';
import type { Finding, LintRule } from '../finding.ts';
import { outcomesOf } from '../outcomes.ts';
import { outcomeText } from '../variants.ts';
import type { FlagView } from '../view.ts';

/** A flag that should be gone. */
export const expired: LintRule = {
  id: 'expired',
  summary: 'a flag past its `metadata.until` or `metadata.expires`',
  help: 'The flag says of itself until when it is needed, and that is over: remove it from the code, then from the document; or set another date. A date without a time is over when the day is, in UTC. Text that is no date is not looked at.',
  severity: 'warning',
  *flag({ definition, path }, { now }) {
    for (const name of ['until', 'expires'] as const) {
      const until = timeOf(definition.metadata?.[name], 'end');
      if (until === undefined || until > now) continue;
      // by the calendar, in UTC
      const last = timeOf(definition.metadata?.[name], 'start')!;
      const days = Math.floor(now / DAY) - Math.floor(last / DAY);
      const ago = days === 0 ? 'today' : `${days} day${days === 1 ? '' : 's'} ago`;
      yield {
        path: [...path, 'metadata', name],
        message: `the flag was to be gone by ${JSON.stringify(definition.metadata?.[name])}: that was ${ago}`,
        hint: 'remove it from the code and from here, or set another date',
      };
    }
  },
};

/** A flag that ends before it begins. */
export const sinceAfterUntil: LintRule = {
  id: 'since-after-until',
  summary: 'a flag whose `metadata.since` is later than its `metadata.until`',
  help: 'One of the two dates is wrong.',
  severity: 'warning',
  *flag({ definition, path }) {
    const since = timeOf(definition.metadata?.since, 'start');
    const until = timeOf(definition.metadata?.until, 'end');
    if (since === undefined || until === undefined || since <= until) return;
    yield {
      path: [...path, 'metadata', 'since'],
      message: `${JSON.stringify(definition.metadata?.since)} is later than \`until\`, ${JSON.stringify(definition.metadata?.until)}`,
      hint: 'correct one of the two',
    };
  },
};

/** A flag that serves everybody the same. */
export const constantFlag: LintRule = {
  id: 'constant-flag',
  summary: 'a flag that serves everybody the same',
  help: 'Whatever the context, there is one thing the flag serves: it is rolled out in full, or was never used. If it is to stay so, the code does not need it. A switch for emergencies is such a flag, too, so this is not looked for unless asked.',
  severity: 'off',
  *flag(flag, set) {
    const { path, variants, enabled } = flag;
    const { served, more } = outcomesOf(flag, set);
    if (enabled && (more || served.size !== 1)) return;
    const [only] = enabled ? served : [variants.off];
    yield {
      path,
      message: `everybody is served ${outcomeText(only!)}`,
      hint: 'if it stays so, the flag can be removed',
    };
  },
};

/** A flag that nobody answers for. */
export const noOwner: LintRule = wanted('no-owner', 'owner', 'Somebody should know whether the flag is needed still.');

/** A flag that does not say what it is for. */
export const noDescription: LintRule = wanted(
  'no-description',
  'description',
  'Whoever finds the flag in a year should learn here what it does.',
);

function wanted(id: string, name: 'owner' | 'description', help: string): LintRule {
  return {
    id,
    summary: `a flag without \`${name}\``,
    help,
    severity: 'off',
    *flag({ definition, path }: FlagView): Iterable<Finding> {
      if ((definition[name] ?? '') === '') yield { path, message: `the flag has no \`${name}\`` };
    },
  };
}

const DAY = 86_400_000;

/** The time that metadata names: a date and time, or the start or the end of a day. */
function timeOf(value: unknown, side: 'start' | 'end'): number | undefined {
  if (typeof value !== 'string') return undefined;
  const day = /^\d{4}-\d\d-\d\d$/.test(value);
  const at = instantOf(day ? `${value}T00:00:00Z` : value);
  return at !== undefined && day && side === 'end' ? at + DAY : at;
}
