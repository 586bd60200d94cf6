import { GrowthBookClient } from '@growthbook/growthbook';

const CONDITION = {
  eq: ([value]) => value,
  in: (values) => ({ $in: values }),
  endsWith: ([value]) => ({ $regex: `${value.replaceAll('.', '\\.')}$` }),
  gt: ([value]) => ({ $gt: value }),
};

const condition = (clauses) =>
  Object.fromEntries(clauses.map(({ attribute, op, values }) => [attribute, CONDITION[op](values)]));

function rules(flag) {
  if (flag.percent !== undefined) {
    return [
      { id: 'split', force: true, coverage: flag.percent / 100, hashAttribute: 'id', hashVersion: 2, seed: flag.key },
    ];
  }
  if (flag.ids !== undefined) return [{ id: 'list', condition: { id: { $in: flag.ids } }, force: true }];
  if (flag.needs !== undefined) {
    const parentConditions = flag.needs.map((id) => ({ id, condition: { value: true }, gate: true }));
    return [{ id: 'needs', parentConditions, force: true }];
  }
  return flag.rules?.map((clauses, i) => ({ id: `rule-${i + 1}`, condition: condition(clauses), force: true }));
}

function definition(flag) {
  const list = rules(flag);
  return {
    defaultValue: list === undefined && flag.on === true,
    ...(list === undefined ? undefined : { rules: list }),
  };
}

const input = (flags) => ({ features: Object.fromEntries(flags.map((flag) => [flag.key, definition(flag)])) });

export const growthbook = {
  package: '@growthbook/growthbook',
  input,
  takes: 'object',
  notes: {
    S6: 'no call for all flags: a loop over isOn',
    S7: 'keeps the payload as it is: nothing is checked or compiled',
  },
  context: (attributes) => ({ attributes }),
  open(payload) {
    const client = new GrowthBookClient().initSync({ payload });
    return {
      bool: (key, context) => client.isOn(key, context),
      all(context) {
        const answers = new Map();
        for (const key of Object.keys(client.getFeatures())) answers.set(key, client.isOn(key, context));
        return answers;
      },
      countOn: (answers) => [...answers.values()].filter((value) => value === true).length,
      whole: true,
      change: (next) => client.setPayload(next),
      close: () => client.destroy(),
    };
  },
};
