import { init } from '@launchdarkly/node-server-sdk';
import { TestData } from '@launchdarkly/node-server-sdk/integrations';

const OPERATOR = { eq: 'in', in: 'in', endsWith: 'endsWith', gt: 'greaterThan' };

const clause = ({ attribute, op, values }) => ({
  contextKind: 'user',
  attribute,
  op: OPERATOR[op],
  values,
  negate: false,
});

const segmentOf = (flag) => ({
  key: `segment-${flag.key}`,
  version: 1,
  salt: flag.key,
  included: flag.ids,
  excluded: [],
  rules: [],
});

function rules(flag) {
  if (flag.ids !== undefined) {
    const member = { attribute: '', op: 'segmentMatch', values: [`segment-${flag.key}`], negate: false };
    return [{ id: 'list', clauses: [member], variation: 1 }];
  }
  return (flag.rules ?? []).map((clauses, i) => ({ id: `rule-${i + 1}`, clauses: clauses.map(clause), variation: 1 }));
}

function fallthrough(flag) {
  if (flag.percent === undefined) return { variation: flag.on ? 1 : 0 };
  const weight = flag.percent * 1000;
  return {
    rollout: {
      contextKind: 'user',
      variations: [
        { variation: 1, weight },
        { variation: 0, weight: 100_000 - weight },
      ],
    },
  };
}

const definition = (flag) => ({
  key: flag.key,
  version: 1,
  on: true,
  salt: flag.key,
  variations: [false, true],
  offVariation: 0,
  fallthrough: fallthrough(flag),
  targets: [],
  contextTargets: [],
  rules: rules(flag),
  prerequisites: (flag.needs ?? []).map((key) => ({ key, variation: 1 })),
  trackEvents: false,
});

const input = (flags) => ({
  flags: flags.map(definition),
  segments: flags.filter((flag) => flag.ids !== undefined).map(segmentOf),
});

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export const launchdarkly = {
  package: '@launchdarkly/node-server-sdk',
  input,
  takes: 'object',
  note: 'awaited: its API has promises only',
  notes: { S4: 'awaited; the ids as a segment, its quickest list', S7: 'through its TestData source' },
  context: ({ id, ...attributes }) => ({ kind: 'user', key: id, ...attributes }),
  async open({ flags, segments }) {
    const data = new TestData();
    for (const flag of flags) data.usePreconfiguredFlag(flag);
    for (const segment of segments) data.usePreconfiguredSegment(segment);
    const client = init('sdk-bench', {
      updateProcessor: data.getFactory(),
      sendEvents: false,
      diagnosticOptOut: true,
      logger: quiet,
    });
    await client.waitForInitialization({ timeout: 10 });
    return {
      bool: (key, context) => client.variation(key, context, false),
      all: (context) => client.allFlagsState(context),
      countOn: (state) => Object.values(state.allValues()).filter((value) => value === true).length,
      change: (_next, changed) => data.usePreconfiguredFlag(definition(changed)),
      close: () => client.close(),
    };
  },
};
