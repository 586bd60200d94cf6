import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlagSet, Snapshot } from '../src/index.ts';
import { compile, Entries, evaluate, evaluateAll, share } from '../src/index.ts';
import { codes, facts, load, loadShared, reload, setOf } from './support.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
const SEGMENTS = ['s', 't'] as const;
const EVALUATORS = ['p', 'q'] as const;
const CONTEXTS = [
  {},
  { targetingKey: 'u1', plan: 'pro', version: '10.0.0' },
  { targetingKey: 'u2', plan: 'free', version: '2.0.0' },
  { targetingKey: 'u3', plan: 'pro', country: 'US', version: '1.0' },
];

interface State {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly segments: Readonly<Record<string, unknown>>;
  readonly $evaluators: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const clause = (attribute: string, value: string) => ({ attribute, operator: 'eq', values: [value] });
const B = {
  type: 'boolean',
  variants: [
    { name: 'off', value: false },
    { name: 'on', value: true },
  ],
  defaultVariant: 'off',
};

// valid whatever the rest of the document is: evaluators and segments are always there, prerequisites go upwards
const flagAt = (index: number): fc.Arbitrary<unknown> => {
  const later = KEYS.slice(index + 1);
  const list: fc.Arbitrary<unknown>[] = [
    fc.constantFrom<unknown>(
      B,
      { ...B, defaultVariant: 'on' },
      { ...B, enabled: false },
      { ...B, metadata: { own: 1 } },
    ),
    fc
      .constantFrom('pro', 'free')
      .map((plan) => ({ ...B, rules: [{ clauses: [clause('plan', plan)], variation: 'on' }] })),
    fc
      .constantFrom(...SEGMENTS)
      .map((name) => ({ ...B, rules: [{ clauses: [{ operator: 'inSegment', values: [name] }], variation: 'on' }] })),
    fc.constantFrom(...SEGMENTS).map((name) => ({ ...B, targeting: { if: [{ in_segment: [name] }, 'on', null] } })),
    fc.constantFrom(...EVALUATORS).map(($ref) => ({ ...B, targeting: { if: [{ $ref }, 'on', 'off'] } })),
    fc.constant({ ...B, targeting: { if: [{ '>=': [{ var: 'version' }, '2.5.0'] }, 'on', 'off'] } }),
    fc.constant({ ...B, targeting: { if: [{ '>': [{ var: '$flagd.timestamp' }, 100] }, 'on', 'off'] } }),
    fc.nat({ max: 100 }).map((percentage) => ({ ...B, rules: [{ variation: 'on', percentage }] })),
  ];
  if (later.length > 0) {
    list.push(
      fc
        .tuple(
          fc.uniqueArray(fc.constantFrom(...later), { minLength: 1, maxLength: 2 }),
          fc.constantFrom<unknown>('on', 'off', 0, 1),
        )
        .map(([keys, variation]) => ({
          ...B,
          prerequisites: keys.map((key) => ({ key, variation })),
          rules: [{ variation: 'on' }],
        })),
    );
  }
  return fc.oneof(...list);
};

type Edit = readonly [kind: keyof State, key: string, next: unknown];
const EDIT: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .nat({ max: KEYS.length - 1 })
      .chain((i) =>
        fc.tuple(
          fc.constant('flags' as const),
          fc.constant<string>(KEYS[i]!),
          fc.oneof({ weight: 5, arbitrary: flagAt(i) }, { weight: 1, arbitrary: fc.constant(undefined) }),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('segments' as const),
      fc.constant('s'),
      fc.constantFrom<unknown>(
        { included: ['u1'] },
        { included: ['u2'] },
        { rules: [{ clauses: [clause('plan', 'pro')] }] },
        { rules: [{ clauses: [{ operator: 'inSegment', values: ['t'] }] }] },
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('segments' as const),
      fc.constant('t'),
      fc.constantFrom<unknown>({ included: ['u3'] }, {}, { rules: [{ clauses: [clause('country', 'US')] }] }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('$evaluators' as const),
      fc.constant('p'),
      fc.constantFrom<unknown>({ '==': [{ var: 'plan' }, 'pro'] }, { $ref: 'q' }, { '!': [{ $ref: 'q' }] }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('$evaluators' as const),
      fc.constant('q'),
      fc.constantFrom<unknown>(
        { '==': [{ var: 'plan' }, 'free'] },
        { in_segment: ['s'] },
        { '>=': [{ var: 'version' }, '2.5.0'] },
        { '==': [1, 1] },
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('attributes' as const),
      fc.constantFrom('version', 'plan', 'more'),
      fc.constantFrom<unknown>('version', 'string', undefined),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('overrides' as const),
      fc.constantFrom<string>(...KEYS, 'z'),
      fc.constantFrom<unknown>(true, false, { variant: 'on' }, undefined),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('metadata' as const),
      fc.constantFrom('version', 'team'),
      fc.constantFrom<unknown>(1, 2, undefined),
    ),
  },
);

const START: State = {
  flags: {
    a: B,
    b: { ...B, rules: [{ clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 'on' }] },
    c: { ...B, targeting: { if: [{ $ref: 'p' }, 'on', 'off'] } },
  },
  segments: { s: { included: ['u1'] }, t: {} },
  $evaluators: { p: { '==': [{ var: 'plan' }, 'pro'] }, q: { '==': [1, 1] } },
  attributes: {},
  overrides: {},
  metadata: {},
};

function apply(state: State, [kind, key, next]: Edit): State {
  const { [key]: _, ...rest } = state[kind];
  return { ...state, [kind]: next === undefined ? rest : { ...state[kind], [key]: next } };
}

const KINDS = ['map', 'list', 'Map'] as const;
/** A document of its own objects, as a source that parses text makes one. */
function document(state: State, as: (typeof KINDS)[number] = 'map'): unknown {
  const copy = structuredClone(state) as State;
  if (as === 'list')
    return { ...copy, flags: Object.entries(copy.flags).map(([key, flag]) => ({ key, ...(flag as object) })) };
  return as === 'Map' ? { ...copy, flags: new Map(Object.entries(copy.flags)) } : copy;
}

const NOW = 200_000;
function answers(snapshot: Snapshot, now = NOW): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const [i, context] of CONTEXTS.entries()) {
    for (const key of [...KEYS, 'z']) all.set(`${key} ${i}`, facts(evaluate(snapshot, key, 'boolean', context, now)));
    for (const [key, found] of evaluateAll(snapshot, context, now)) all.set(`all ${key} ${i}`, facts(found));
  }
  return all;
}

const EDITS = fc.array(fc.array(EDIT, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 });

describe('compile over a previous snapshot', () => {
  test.each(KINDS)('answers exactly as from scratch, tells what changed, and older snapshots stand (%s)', (as) => {
    fc.assert(
      fc.property(EDITS, (batches) => {
        let state = START;
        let snapshot = loadShared(document(state, as));
        const history: { snapshot: Snapshot; before: Map<string, unknown> }[] = [];
        for (const batch of batches) {
          state = batch.reduce(apply, state);
          const before = answers(snapshot);
          history.push({ snapshot, before });
          const previous = snapshot;
          snapshot = reload(previous, document(state, as));
          const after = answers(snapshot);
          const fresh = load(document(state, as));
          expect(after).toEqual(answers(fresh));
          expect([...snapshot.flags.keys()].sort()).toEqual([...fresh.flags.keys()].sort());
          expect(snapshot.metadata).toEqual(fresh.metadata);
          for (const key of [...KEYS, 'z']) {
            const differs = CONTEXTS.some(
              (_, i) => JSON.stringify(before.get(`${key} ${i}`)) !== JSON.stringify(after.get(`${key} ${i}`)),
            );
            // the answer to an unknown key has the set's metadata, and is no flag's
            if (differs && (previous.flags.has(key) || snapshot.flags.has(key)))
              expect(snapshot.flagsChanged, key).toContain(key);
          }
        }
        for (const { snapshot: old, before } of history) expect(answers(old)).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  test('without `share`, too', () => {
    fc.assert(
      fc.property(EDITS, (batches) => {
        let state = START;
        let snapshot = load(document(state));
        for (const batch of batches) {
          state = batch.reduce(apply, state);
          snapshot = compile(setOf(document(state)), snapshot);
          expect(answers(snapshot)).toEqual(answers(load(document(state))));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('issues are those of a compilation from scratch', () => {
    const told = (snapshot: Snapshot) =>
      snapshot.issues.map(({ severity, code, path }) => `${severity} ${code} ${path.join('.')}`).sort();
    fc.assert(
      fc.property(EDITS, (batches) => {
        let state = START;
        let snapshot = loadShared(document(state));
        for (const batch of batches) {
          state = batch.reduce(apply, state);
          snapshot = reload(snapshot, document(state));
          expect(told(snapshot)).toEqual(told(load(document(state))));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('branches: two documents over one snapshot', () => {
    fc.assert(
      fc.property(
        fc.array(EDIT, { maxLength: 4 }),
        fc.array(EDIT, { maxLength: 4 }),
        fc.array(EDIT, { maxLength: 4 }),
        (one, two, three) => {
          const root = loadShared(document(START));
          const left = one.reduce(apply, START);
          const right = two.reduce(apply, START);
          const deep = three.reduce(apply, left);
          const a = reload(root, document(left));
          const b = reload(root, document(right));
          const c = reload(a, document(deep));
          for (const [snapshot, state] of [
            [b, right],
            [c, deep],
            [a, left],
            [root, START],
          ] as const)
            expect(answers(snapshot)).toEqual(answers(load(document(state))));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what is reused', () => {
  const flags = {
    plain: B,
    member: { ...B, rules: [{ clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 'on' }] },
    logical: { ...B, targeting: { if: [{ in_segment: ['t'] }, 'on', 'off'] } },
    ref: { ...B, targeting: { if: [{ $ref: 'p' }, 'on', 'off'] } },
    typed: { ...B, targeting: { if: [{ '>=': [{ var: 'version' }, '2.5.0'] }, 'on', 'off'] } },
    needs: { ...B, prerequisites: [{ key: 'member', variation: 'on' }], rules: [{ variation: 'on' }] },
    needs2: { ...B, prerequisites: [{ key: 'needs', variation: 'on' }], rules: [{ variation: 'on' }] },
  };
  const rest = {
    segments: {
      s: { rules: [{ clauses: [{ operator: 'inSegment', values: ['inner'] }] }] },
      t: { included: ['u'] },
      inner: { included: ['u'] },
    },
    $evaluators: { p: { $ref: 'q' }, q: { '==': [1, 1] } },
    attributes: { version: 'version', other: 'string' },
    metadata: { team: 'x' },
  };
  const first = loadShared({ flags, ...rest });
  const next = (more: object) => reload(first, structuredClone({ flags, ...rest, ...more }));

  test.each([
    ['nothing at all', {}, []],
    ['a flag', { flags: { ...flags, plain: { ...B, defaultVariant: 'on' } } }, ['plain']],
    ['a new flag', { flags: { ...flags, more: B } }, ['more']],
    [
      'a flag that goes',
      { flags: Object.fromEntries(Object.entries(flags).filter(([key]) => key !== 'plain')) },
      ['plain'],
    ],
    ['a flag that others need', { flags: { ...flags, member: B } }, ['member', 'needs', 'needs2']],
    [
      'a needed flag that goes',
      { flags: Object.fromEntries(Object.entries(flags).filter(([key]) => key !== 'member')) },
      ['member', 'needs', 'needs2'],
    ],
    ['a segment', { segments: { ...rest.segments, t: {} } }, ['logical']],
    ['a segment within a segment', { segments: { ...rest.segments, inner: {} } }, ['member', 'needs', 'needs2']],
    ['a segment nobody uses', { segments: { ...rest.segments, unused: {} } }, []],
    ['an evaluator', { $evaluators: { ...rest.$evaluators, p: { '==': [1, 2] } } }, ['ref']],
    ['an evaluator within an evaluator', { $evaluators: { ...rest.$evaluators, q: { '==': [1, 2] } } }, ['ref']],
    ['an evaluator nobody uses', { $evaluators: { ...rest.$evaluators, r: true } }, []],
    ['an attribute', { attributes: { ...rest.attributes, version: 'string' } }, ['typed']],
    [
      'an attribute’s description',
      { attributes: { ...rest.attributes, version: { type: 'version', description: 'x' } } },
      [],
    ],
    ['an attribute nobody uses', { attributes: { ...rest.attributes, more: 'string' } }, []],
    ['an override', { overrides: { plain: true } }, ['plain']],
    ['an override of a flag others need', { overrides: { needs: true } }, ['needs', 'needs2']],
    ['an override of an unknown flag', { overrides: { unknown: 1 } }, ['unknown']],
    ['the set’s metadata', { metadata: { team: 'y' } }, Object.keys(flags)],
    ['the same metadata in another order', { metadata: { team: 'x' } }, []],
    ['$schema', { $schema: 'https://x' }, []],
  ])('%s', (_, more, expected) => {
    const snapshot = next(more);
    expect([...snapshot.flagsChanged].sort()).toEqual([...expected].sort());
    for (const key of Object.keys(flags)) {
      if (!snapshot.flags.has(key)) continue;
      if (!(expected as readonly string[]).includes(key))
        expect(snapshot.flags.get(key), key).toBe(first.flags.get(key));
    }
  });

  test('flags that only need a changed flag are kept as they are', () => {
    const snapshot = next({ flags: { ...flags, member: B } });
    expect(snapshot.flags.get('needs')).toBe(first.flags.get('needs'));
    expect(evaluate(snapshot, 'needs', 'boolean', { targetingKey: 'u' }).reason).toBe('PREREQUISITE_FAILED');
    expect(evaluate(first, 'needs', 'boolean', { targetingKey: 'u' }).value).toBe(true);
  });

  test('answers known at load are the same objects in the next snapshot', () => {
    const snapshot = next({ flags: { ...flags, more: B } });
    expect(evaluate(snapshot, 'plain')).toBe(evaluate(first, 'plain'));
  });

  test('a definition written with its keys in another order is the same', () => {
    const snapshot = reload(first, {
      ...rest,
      flags: { ...flags, plain: { defaultVariant: 'off', variants: B.variants, type: 'boolean' } },
    });
    expect(snapshot.flagsChanged).toEqual([]);
  });

  test('variants in another order are another definition', () => {
    const map = (names: readonly string[]) => ({
      flags: { f: { variants: Object.fromEntries(names.map((name) => [name, name])), rules: [{ variation: 0 }] } },
    });
    const one = loadShared(map(['a', 'b']));
    const two = reload(one, map(['b', 'a']));
    expect(evaluate(two, 'f').value).toBe('b');
    expect(evaluate(two, 'f').value).toBe(evaluate(load(map(['b', 'a'])), 'f').value);
    expect(two.flagsChanged).toEqual(['f']);
  });

  test('share: an equal document is the previous one', () => {
    const one = setOf({ flags, ...rest });
    const shared = share(undefined, one);
    const again = share(shared, setOf(structuredClone({ flags, ...rest })));
    expect(again.document).toBe(shared.document);
    expect(again.revision).not.toBe(shared.revision);
    expect(share(shared, { ...shared, revision: 'x' }).document).toBe(shared.document);
  });

  test('share: entries that a source read anew are the previous ones where they say the same', () => {
    const entriesOf = (document: object) => Entries.of(Object.entries(structuredClone(document)));
    const shared = share(undefined, setOf({ flags: entriesOf(flags), ...rest }));
    const same = share(shared, setOf({ flags: entriesOf(flags), ...structuredClone(rest) }));
    expect(same.document).toBe(shared.document);
    const before = compile(shared);
    const next = { ...flags, plain: { ...B, defaultVariant: 'on' }, more: B };
    const after = compile(share(shared, setOf({ flags: entriesOf(next), ...rest })), before);
    expect([...after.flagsChanged].sort()).toEqual(['more', 'plain']);
    const { member: _, ...left } = next;
    const last = compile(
      share({ document: after.document, revision: 'x' }, setOf({ flags: entriesOf(left), ...rest })),
      after,
    );
    expect([...last.flagsChanged].sort()).toEqual(['member', 'needs', 'needs2']);
  });

  test('share: what a source has shared is not compared again', () => {
    const untouchable = {
      get default(): never {
        throw new Error('compared');
      },
    };
    const many = Array.from({ length: 10_000 }, (_, i) => [`flag-${i}`, untouchable] as const);
    const before = setOf({ flags: Entries.of<unknown>([...many, ['a', { default: 1 }]]) });
    const flagsOf = (set: FlagSet) => set.document.flags as unknown as Entries<unknown>;
    const next = setOf({ flags: flagsOf(before).with(new Map([['a', { default: 2 }]])) });
    expect(flagsOf(share(before, next)).get('a')).toEqual({ default: 2 });
  });

  test('share leaves revision, stale and locate alone', () => {
    const stale = { since: 5, cause: 'x' };
    const locate = () => undefined;
    expect(share(undefined, { document: { flags: {} }, revision: 'r', stale, locate })).toMatchObject({
      revision: 'r',
      stale,
      locate,
    });
  });

  test('the first snapshot tells every flag', () => {
    expect([...first.flagsChanged].sort()).toEqual(Object.keys(flags).sort());
  });

  test('a place is told where it is known', () => {
    const locate = (path: readonly (string | number)[]) =>
      path.length === 0 ? undefined : { line: path.length, column: 1 };
    const snapshot = compile({ document: { flags: { a: { type: 'bolean' as never } } }, revision: 'x', locate });
    expect(snapshot.issues[0]!.place).toEqual({ line: 3, column: 1 });
  });

  test('a document that is none leaves the previous snapshot as it was', () => {
    const before = evaluate(first, 'plain');
    expect(() => compile(setOf(null), first)).toThrow(expect.objectContaining({ code: 'PARSE_ERROR' }));
    expect(evaluate(first, 'plain')).toBe(before);
    expect(codes(first.issues)).toEqual([]);
  });

  test('10,000 flags of which one changed take far less than all of them', () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`f${i}`, { ...B, description: `flag ${i}` }]),
    );
    const big = loadShared({ flags: many });
    const set = share(
      { document: big.document, revision: '' },
      setOf({ flags: { ...many, f5: { ...B, description: 'new' } } }),
    );
    const snapshot = compile(set, big);
    expect(snapshot.flagsChanged).toEqual(['f5']);
    let same = 0;
    snapshot.flags.forEach((flag, key) => {
      if (flag === big.flags.get(key)) same += 1;
    });
    expect(same).toBe(9_999);
  });
});

test('a snapshot keeps none of those before it alive', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const flags = (n: number) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `f${i}`,
        { ...B, targeting: { if: [{ '==': [{ var: 'plan' }, `${n}-${i}`] }, 'on', null] } },
      ]),
    );
  let snapshot = loadShared({ flags: flags(0) });
  let third: WeakRef<Snapshot> | undefined;
  for (let n = 1; n <= 200; n++) {
    snapshot = reload(snapshot, { flags: { ...flags(0), changing: { ...B, description: `${n}` } } });
    evaluate(snapshot, 'changing');
    if (n === 3) third = new WeakRef(snapshot);
  }
  // a WeakRef holds its target until the current job is over
  await new Promise((resolve) => setTimeout(resolve, 10));
  collect();
  expect(third?.deref()).toBeUndefined();
  expect(snapshot.flags.size).toBe(21);
});
