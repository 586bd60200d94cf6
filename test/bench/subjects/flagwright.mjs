/**
 * Ours, through the public entry points of the built packages. Imported when opened, so that the rest of the benchmark
 * runs on a tree that is not built yet.
 */
const clause = ({ attribute, op, values }) => ({ attribute, operator: op, values });

function rules(flag) {
  if (flag.percent !== undefined) {
    const weight = flag.percent * 1000;
    const variations = [
      { variation: 0, weight: 100_000 - weight },
      { variation: 1, weight },
    ];
    return [{ rollout: { bucketBy: 'key', variations } }];
  }
  if (flag.ids !== undefined) {
    return [{ id: 'list', clauses: [{ attribute: 'key', operator: 'in', values: flag.ids }], variation: 1 }];
  }
  if (flag.needs !== undefined) return [{ id: 'everyone', variation: 1 }];
  return flag.rules?.map((clauses, i) => ({ id: `rule-${i + 1}`, clauses: clauses.map(clause), variation: 1 }));
}

export function definition(flag) {
  const list = rules(flag);
  return {
    type: 'bool',
    default: list === undefined && flag.on === true,
    enabled: true,
    variants: [
      { name: 'off', value: false },
      { name: 'on', value: true },
    ],
    ...(list === undefined ? undefined : { rules: list }),
    ...(flag.needs === undefined ? undefined : { prerequisites: flag.needs.map((key) => ({ key, variation: 1 })) }),
  };
}

export const input = (flags) => ({ flags: Object.fromEntries(flags.map((flag) => [flag.key, definition(flag)])) });

export const flagwright = {
  package: '@flagwright/core',
  ours: true,
  input,
  takes: 'object',
  context: ({ id, ...attributes }) => ({ targetingKey: id, ...attributes }),
  async open(document) {
    const { compile, evaluate, evaluateAll, share } = await import('@flagwright/core');
    let set = { document, revision: 'a.1' };
    let snapshot = compile(set);
    let store;
    return {
      bool: (key, context) => evaluate(snapshot, key, 'boolean', context).value,
      all: (context) => evaluateAll(snapshot, context),
      countOn: (answers) => [...answers.values()].filter((answer) => answer.value === true).length,
      /** Opens the store the changes go through; not part of a change. */
      async prepare() {
        const { memoryStore } = await import('@flagwright/sources/memory');
        store = memoryStore(document);
        set = await store.read();
        snapshot = compile(set);
      },
      /** What a follower does: the edit lands, the set is read, shared with the last one and compiled. */
      async change(_next, changed) {
        await store.commit([{ key: changed.key, next: definition(changed) }]);
        set = share(set, await store.read(set));
        snapshot = compile(set, snapshot);
      },
    };
  },
};
