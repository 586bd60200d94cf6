import { once } from 'node:events';
import { InMemStorageProvider, Unleash } from 'unleash-client';

const constraint = (contextName, operator, rest) => ({
  contextName,
  operator,
  inverted: false,
  caseInsensitive: false,
  ...rest,
});

const CONSTRAINT = {
  eq: (name, values) => constraint(name, 'IN', { values }),
  in: (name, values) => constraint(name, 'IN', { values }),
  endsWith: (name, values) => constraint(name, 'STR_ENDS_WITH', { values }),
  gt: (name, [value]) => constraint(name, 'NUM_GT', { value: String(value) }),
};

const strategy = (constraints, name = 'default', parameters = {}) => ({ name, parameters, constraints });

function strategies(flag) {
  if (flag.percent !== undefined) {
    const parameters = { rollout: String(flag.percent), stickiness: 'userId', groupId: flag.key };
    return [strategy([], 'flexibleRollout', parameters)];
  }
  if (flag.ids !== undefined) return [strategy([constraint('userId', 'IN', { values: flag.ids })])];
  if (flag.rules === undefined) return [strategy([])];
  return flag.rules.map((clauses) =>
    strategy(clauses.map(({ attribute, op, values }) => CONSTRAINT[op](attribute, values))),
  );
}

const definition = (flag) => ({
  name: flag.key,
  type: 'release',
  enabled: flag.on !== false,
  stale: false,
  impressionData: false,
  project: 'default',
  strategies: strategies(flag),
  variants: [],
});

const input = (flags) => flags.map(definition);

async function start(features) {
  const client = new Unleash({
    appName: 'bench',
    url: 'http://127.0.0.1:9/api/',
    refreshInterval: 0,
    metricsInterval: 0,
    disableMetrics: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data: features },
  });
  await once(client, 'ready');
  return client;
}

export const unleash = {
  package: 'unleash-client',
  input,
  takes: 'object',
  cannot: { S5: 'a parent may not have parents itself' },
  notes: { S6: 'no call for all flags: a loop over isEnabled' },
  context: ({ id, ...properties }) => ({ userId: id, properties }),
  async open(features) {
    let client = await start(features);
    return {
      bool: (key, context) => client.isEnabled(key, context),
      all(context) {
        const answers = new Map();
        for (const { name } of client.getFeatureToggleDefinitions()) answers.set(name, client.isEnabled(name, context));
        return answers;
      },
      countOn: (answers) => [...answers.values()].filter((value) => value === true).length,
      /** A new client from the whole payload: without its server there is no smaller step. */
      whole: true,
      async change(next) {
        const previous = client;
        client = await start(next);
        previous.destroy();
      },
      close: () => client.destroy(),
    };
  },
};
