import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiWithHistory, freshProject } from '../history/world.ts';

const TARGETING = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', 'off'] };

describe.each(ENGINES)('an evaluation on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let base: string;

  beforeAll(async () => {
    opened = await open();
    api = apiWithHistory(opened.database);
  });
  afterAll(() => opened.end());

  const begin = async (spec?: object): Promise<void> => {
    ({ base } = await freshProject(api));
    if (spec !== undefined) await define('checkout', spec);
  };
  const define = (flag: string, spec: object, stage = 'dev'): Promise<Answer> =>
    good(api.ask('PUT', `${base}/stages/${stage}/feature-flags/${flag}`, { spec }));
  const flag = (id: string, spec: object = {}): Promise<Answer> =>
    good(
      api.ask('PUT', `${base}/feature-flags/${id}`, {
        spec: { type: 'BOOLEAN', variants: { on: true, off: false }, ...spec },
      }),
    );
  const evaluate = (context?: object, { id = 'checkout', stage = 'dev', query = '' } = {}): Promise<Answer> =>
    api.ask('POST', `${base}/stages/${stage}/feature-flags/${id}/evaluate${query}`, context && { context });

  it.each([
    [
      'targeting that matches',
      { enabled: true, targeting: TARGETING },
      { 'user-tier': 'premium' },
      {
        value: true,
        variant: 'on',
        reason: 'TARGETING_MATCH',
        engineReason: 'RULE_MATCH',
        ruleId: 'targeting',
      },
    ],
    [
      'targeting that does not',
      { enabled: true, targeting: TARGETING },
      { 'user-tier': 'free' },
      {
        value: false,
        variant: 'off',
        reason: 'TARGETING_MATCH',
        engineReason: 'RULE_MATCH',
        ruleId: 'targeting',
      },
    ],
    [
      'no targeting',
      { enabled: true, defaultVariant: 'on' },
      {},
      {
        value: true,
        variant: 'on',
        reason: 'STATIC',
        engineReason: 'FALLTHROUGH',
      },
    ],
    [
      'a rule with an id',
      {
        enabled: true,
        defaultVariant: 'off',
        rules: [
          {
            id: 'staff',
            clauses: [{ attribute: 'email', operator: 'endsWith', values: ['@example.com'] }],
            variation: 'on',
          },
        ],
      },
      { email: 'ann@example.com' },
      { value: true, variant: 'on', ruleId: 'staff', engineReason: 'RULE_MATCH' },
    ],
    ['a flag that is off', { enabled: false, defaultVariant: 'on' }, {}, { reason: 'DISABLED', engineReason: 'OFF' }],
    [
      'a flag that is off, with a variant for it',
      { enabled: false, offVariant: 'off' },
      {},
      {
        value: false,
        variant: 'off',
        reason: 'DISABLED',
        engineReason: 'OFF',
      },
    ],
  ])('of %s', async (_what, spec, context, expected) => {
    await begin(spec);
    const { body } = await good(evaluate(context));
    expect(body).toMatchObject({ flag: 'checkout', stage: 'dev', ...expected });
    expect('value' in body).toBe('value' in expected);
    expect('variant' in body).toBe('variant' in expected);
  });

  it('without a definition, or in another stage, is what the flag says', async () => {
    await begin({ enabled: true, defaultVariant: 'on' });
    const { body } = await good(evaluate({}, { stage: 'staging' }));
    expect([body.reason, 'value' in body]).toEqual(['DISABLED', false]);
  });

  it('compares versions where an attribute is declared one', async () => {
    await begin();
    await good(api.ask('POST', `${base}/contexts`, { metadata: { id: 'app-version' }, spec: { type: 'VERSION' } }));
    await define('checkout', {
      enabled: true,
      targeting: { if: [{ '>=': [{ var: 'app-version' }, '2.5.0'] }, 'on', 'off'] },
    });
    expect((await good(evaluate({ 'app-version': '10.0.0' }))).body.value).toBe(true);
    expect((await good(evaluate({ 'app-version': '2.4.9' }))).body.value).toBe(false);
  });

  it('asks the flags that are required, as the stage has them', async () => {
    await begin();
    await flag('payments');
    await define('payments', { enabled: true, defaultVariant: 'off' });
    await define('checkout', {
      enabled: true,
      defaultVariant: 'on',
      prerequisites: [{ key: 'payments', variation: 'on' }],
    });
    expect((await good(evaluate({}))).body.engineReason).toBe('PREREQUISITE_FAILED');
    await define('payments', { enabled: true, defaultVariant: 'on' });
    expect((await good(evaluate({}))).body.value).toBe(true);
  });

  it('is explained step by step, each flag once however many ways lead to it', async () => {
    await begin();
    const LEVELS = 18;
    const levels = Array.from({ length: LEVELS + 1 }, (_, level) => level);
    const flags = levels.flatMap((level) =>
      // two flags to a level, each of which requires both of the next
      ['a', 'b'].map((side) => {
        const next = level === LEVELS ? [] : [`a${level + 1}`, `b${level + 1}`];
        const prerequisites = next.map((key) => ({ key, variation: 'on' }));
        const variants = { on: true, off: false };
        return {
          id: `${side}${level}`,
          spec: { type: 'BOOLEAN', variants, enabled: true, defaultVariant: 'on', prerequisites },
        };
      }),
    );
    // as they are stored
    await opened.database.query(
      `insert into flagwright.resources
         (kind, project, stage, id, version, spec, created_at, created_by, modified_at, modified_by)
       select 'FeatureFlag', $1, '', id, nextval('flagwright.versions'), spec, now(), 'x', now(), 'x'
       from json_to_recordset($2::json) as flags(id text, spec json)`,
      [base.slice('/projects/'.length), JSON.stringify(flags)],
    );
    const { body } = await good(evaluate({}, { id: 'a0', query: '?explain=true' }));
    expect(body.value).toBe(true);
    expect(body.explanation.flags).toHaveLength(2 * LEVELS + 1);
    expect(body.explanation.flags[0]).toMatchObject({
      flag: 'a0',
      value: true,
      steps: [
        { kind: 'prerequisite', key: 'a1', variation: 'on', held: true },
        { kind: 'prerequisite', key: 'b1', variation: 'on', held: true },
        { kind: 'fallthrough' },
      ],
    });
    expect(body.explanation.text).toContain('(explained above)');
  });

  it('tells what it saw', async () => {
    await begin({ enabled: true, targeting: TARGETING });
    const { explanation } = (await good(evaluate({ 'user-tier': 'premium' }, { query: '?explain=true' }))).body;
    const condition = { text: 'user-tier == "premium"', reads: ['user-tier'], parts: [] };
    const path = ['targeting', 'if', 0, '=='];
    expect(explanation.flags[0].steps).toEqual([
      {
        kind: 'targeting',
        seen: { 'user-tier': 'premium' },
        missing: [],
        result: 'on',
        conditions: [{ ...condition, path, held: true }],
        buckets: [],
      },
    ]);
    expect((await good(evaluate({}))).body.explanation).toBeUndefined();
  });

  it('tells of what is not there, and the bucket of a split', async () => {
    const split = {
      fractional: [
        ['on', 10],
        ['off', 90],
      ],
    };
    await begin({ enabled: true, targeting: { if: [TARGETING.if[0], 'on', split] } });
    const { body } = await good(evaluate({ targetingKey: 'user-7' }, { query: '?explain=true' }));
    const [step] = body.explanation.flags[0].steps;
    expect(step).toMatchObject({
      seen: {},
      missing: ['user-tier'],
      result: body.variant,
      conditions: [{ text: 'user-tier == "premium"', held: false }],
      buckets: [
        {
          path: ['targeting', 'if', 2, 'fractional'],
          attribute: 'targetingKey',
          salt: 'checkout',
          value: 'user-7',
          total: 100,
          ranges: [
            { from: 0, to: 10, variant: 'on' },
            { from: 10, to: 100, variant: 'off' },
          ],
        },
      ],
    });
    expect(step.buckets[0].bucket < 10 ? 'on' : 'off').toBe(body.variant);
  });

  it('of an archived flag says that it is', async () => {
    await begin();
    await good(api.ask('PATCH', `${base}/feature-flags/checkout`, { spec: { archived: true } }));
    const { body } = await good(evaluate({}));
    expect(body).toMatchObject({ reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
    expect(body.errorMessage).toContain('is archived');
  });

  it('takes a body without a context', async () => {
    await begin({ enabled: true, targeting: TARGETING });
    const path = `${base}/stages/dev/feature-flags/checkout/evaluate`;
    expect((await good(api.ask('POST', path, {}))).body.variant).toBe('off');
  });

  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
  it.each([
    ['a flag that is not there', { id: 'nothing' }, {}, 404],
    ['a stage that is not linked', { stage: 'canary' }, {}, 404],
    ['a context that nests too deep', {}, deep(101), 400],
    ['a context that is a list', {}, [], 422],
    ['another parameter', { query: '?explian=true' }, {}, 400],
  ])('refuses %s', async (_what, options, context, status) => {
    await begin();
    expect((await evaluate(context, options)).status).toBe(status);
  });

  it.each([
    ['viewer', {}, 200],
    ['viewer', { stages: ['staging'] }, 403],
    ['sdk', {}, 403],
  ] as const)('by %s %j answers %i', async (role, scope, status) => {
    await begin();
    const path = `${base}/stages/dev/feature-flags/checkout/evaluate`;
    expect((await api.as(role, scope)('POST', path, {})).status).toBe(status);
  });
});
