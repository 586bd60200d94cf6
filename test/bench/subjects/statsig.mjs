import { createHash } from 'node:crypto';
import statsigNode from 'statsig-node';

const { StatsigServer } = statsigNode;

const OPERATOR = { eq: 'any_case_sensitive', in: 'any_case_sensitive', endsWith: 'str_ends_with_any', gt: 'gt' };

const condition = (type, rest) => ({
  type,
  field: null,
  operator: null,
  targetValue: null,
  additionalValues: {},
  idType: 'userID',
  ...rest,
});

const test = ({ attribute, op, values }) =>
  condition('user_field', { field: attribute, operator: OPERATOR[op], targetValue: op === 'gt' ? values[0] : values });

const rule = (id, conditions, passPercentage = 100) => ({
  name: id,
  id,
  salt: id,
  groupName: id,
  passPercentage,
  conditions,
  returnValue: true,
  idType: 'userID',
});

const everyone = condition('public', {});

function rules(flag, list) {
  if (flag.percent !== undefined) return [rule('split', [everyone], flag.percent)];
  if (flag.ids !== undefined) return [rule('list', [list(flag)])];
  if (flag.needs !== undefined) {
    return [
      rule(
        'needs',
        flag.needs.map((targetValue) => condition('pass_gate', { targetValue })),
      ),
    ];
  }
  if (flag.rules !== undefined) return flag.rules.map((clauses, i) => rule(`rule-${i + 1}`, clauses.map(test)));
  return flag.on ? [rule('everyone', [everyone])] : [];
}

const inIdList = (flag) => condition('unit_id', { operator: 'in_segment_list', targetValue: `list-${flag.key}` });
const inValues = (flag) => condition('unit_id', { operator: 'any_case_sensitive', targetValue: flag.ids });

const gate = (list) => (flag) => ({
  name: flag.key,
  type: 'feature_gate',
  salt: flag.key,
  enabled: true,
  defaultValue: false,
  rules: rules(flag, list),
  idType: 'userID',
  entity: 'feature_gate',
});

const hashed = (id) => createHash('sha256').update(id).digest('base64').slice(0, 8);

let revision = 0;

const input = (list) => (flags) => ({
  specs: JSON.stringify({
    has_updates: true,
    time: ++revision,
    feature_gates: flags.map(gate(list)),
    dynamic_configs: [],
    layer_configs: [],
    layers: {},
  }),
  lists: Object.fromEntries(
    flags
      .filter((flag) => flag.ids)
      .map((flag) => [`list-${flag.key}`, flag.ids.map((id) => `+${hashed(id)}\n`).join('')]),
  ),
});

/** A data adapter that holds the specs and the id lists: Statsig's own way to run without its servers. */
function adapter(content) {
  return {
    initialize: async () => {},
    shutdown: async () => {},
    set: async () => {},
    supportsPollingUpdatesFor: () => false,
    async get(key) {
      const name = Object.keys(content.lists).find((list) => key.includes(`id_list::${list}`));
      if (name !== undefined) return { result: content.lists[name] };
      if (key.includes('get_id_lists')) return { result: JSON.stringify(Object.keys(content.lists)) };
      return { result: content.specs };
    },
  };
}

async function start(content) {
  const server = new StatsigServer('secret-bench', {
    localMode: true,
    dataAdapter: adapter(content),
    disableDiagnostics: true,
    disableAllLogging: true,
    disableRulesetsSync: true,
    disableIdListsSync: true,
    initStrategyForIP3Country: 'none',
  });
  await server.initializeAsync();
  return server;
}

const QUIETLY = { disableExposureLogging: true };
const PLAIN_NAMES = { hash: 'none' };

function subject(list) {
  return {
    package: 'statsig-node',
    input: input(list),
    takes: 'text',
    notes: { S3: 'remembers the hash of up to 100,000 users', S6: 'getClientInitializeResponse' },
    context: ({ id, email, country, plan, age }) => ({ userID: id, email, country, custom: { plan, age } }),
    async open(content) {
      let server = await start(content);
      return {
        bool: (key, context) => server.checkGate(context, key, QUIETLY),
        all: (context) => server.getClientInitializeResponse(context, undefined, PLAIN_NAMES),
        countOn: (response) => Object.values(response.feature_gates).filter((answer) => answer.value === true).length,
        /** A new server from the whole text: without its servers there is no smaller step. */
        whole: true,
        async change(next) {
          const previous = server;
          server = await start(next);
          previous.shutdown();
        },
        close: () => server.shutdown(),
      };
    },
  };
}

export const statsig = subject(inIdList);
/** The same ids as the values of a condition, which Statsig turns into a set. */
export const statsigValues = subject(inValues);
