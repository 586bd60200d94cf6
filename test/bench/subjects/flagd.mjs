import { FlagdCore } from '@openfeature/flagd-core';

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

const OPERATION = {
  eq: (attribute, [value]) => ({ '==': [attribute, value] }),
  in: (attribute, values) => ({ in: [attribute, values] }),
  endsWith: (attribute, [value]) => ({ ends_with: [attribute, value] }),
  gt: (attribute, [value]) => ({ '>': [attribute, value] }),
};

const test = ({ attribute, op, values }) => OPERATION[op]({ var: attribute }, values);

function targeting(flag) {
  if (flag.percent !== undefined)
    return {
      fractional: [
        ['on', flag.percent],
        ['off', 100 - flag.percent],
      ],
    };
  if (flag.ids !== undefined) return { if: [{ in: [{ var: 'targetingKey' }, flag.ids] }, 'on', 'off'] };
  if (flag.rules === undefined) return undefined;
  return { if: [...flag.rules.flatMap((clauses) => [{ and: clauses.map(test) }, 'on']), 'off'] };
}

function definition(flag) {
  const rule = targeting(flag);
  return {
    state: 'ENABLED',
    variants: { on: true, off: false },
    defaultVariant: flag.on ? 'on' : 'off',
    ...(rule === undefined ? undefined : { targeting: rule }),
  };
}

const input = (flags) =>
  JSON.stringify({ flags: Object.fromEntries(flags.map((flag) => [flag.key, definition(flag)])) });

function engine(core) {
  return {
    bool: (key, context) => core.resolveBooleanEvaluation(key, false, context).value,
    all: (context) => core.resolveAll(context),
    countOn: (answers) => answers.filter((answer) => answer.value === true).length,
    resolve: (key, fallback, context, logger) => core.resolveBooleanEvaluation(key, fallback, context, logger),
    /** The whole text again: there is no smaller step. */
    whole: true,
    change: (text) => void core.setConfigurations(text),
  };
}

export const flagd = {
  package: '@openfeature/flagd-core',
  input,
  takes: 'text',
  cannot: { S5: 'no prerequisites in its language' },
  context: ({ id, ...attributes }) => ({ targetingKey: id, ...attributes }),
  open(text) {
    const core = new FlagdCore(undefined, quiet);
    core.setConfigurations(text);
    return engine(core);
  },
};
