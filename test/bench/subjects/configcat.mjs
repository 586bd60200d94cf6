import { getClient, PollingMode } from '@configcat/sdk';

const NAME = { email: 'Email', country: 'Country' };

// the numbers are ConfigCat's UserComparator: text equals, text is one of, text ends with any of, number is greater
const CONDITION = {
  eq: ([s]) => ({ c: 28, s }),
  in: (l) => ({ c: 0, l }),
  endsWith: (l) => ({ c: 32, l }),
  gt: ([d]) => ({ c: 14, d }),
};

const condition = ({ attribute, op, values }) => ({ u: { a: NAME[attribute] ?? attribute, ...CONDITION[op](values) } });
const ON = { v: { b: true } };
const served = (conditions) => ({ c: conditions, s: ON });

function rules(flag) {
  if (flag.ids !== undefined) return [served([{ u: { a: 'Identifier', c: 0, l: flag.ids } }])];
  if (flag.needs !== undefined) return [served(flag.needs.map((f) => ({ p: { f, c: 0, v: { b: true } } })))];
  return flag.rules?.map((clauses) => served(clauses.map(condition)));
}

function definition(flag) {
  const r = rules(flag);
  const percent = flag.percent;
  const p =
    percent === undefined
      ? undefined
      : [
          { p: percent, v: { b: true } },
          { p: 100 - percent, v: { b: false } },
        ];
  return { t: 0, v: { b: r === undefined && flag.on === true }, ...(r && { r }), ...(p && { p }) };
}

const input = (flags) =>
  JSON.stringify({ p: { s: 'bench' }, f: Object.fromEntries(flags.map((flag) => [flag.key, definition(flag)])) });

let version = 0;
const cached = (text) => `${Date.now()}\n"${++version}"\n${text}`;

export const configcat = {
  package: '@configcat/sdk',
  input,
  takes: 'text',
  note: 'its synchronous snapshot',
  notes: { S6: 'its synchronous snapshot, a loop over getValue' },
  context: ({ id, email, country, ...custom }) => ({ identifier: id, email, country, custom }),
  async open(text) {
    let content = cached(text);
    const cache = { get: () => content, set() {} };
    const sdkKey = `configcat-sdk-1/${'b'.repeat(22)}/${String(++version).padStart(22, '0')}`;
    const client = getClient(sdkKey, PollingMode.ManualPoll, { cache, offline: true });
    await client.waitForReady();
    let snapshot = client.snapshot();
    return {
      bool: (key, context) => snapshot.getValue(key, false, context),
      all(context) {
        const answers = new Map();
        for (const key of snapshot.getAllKeys()) answers.set(key, snapshot.getValue(key, false, context));
        return answers;
      },
      countOn: (answers) => [...answers.values()].filter((value) => value === true).length,
      /** The whole text again, through its cache: there is no smaller step. */
      whole: true,
      async change(next) {
        content = cached(next);
        await client.forceRefreshAsync();
        snapshot = client.snapshot();
      },
      close: () => client.dispose(),
    };
  },
};
