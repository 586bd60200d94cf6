import type { Issue } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDeclarations } from './check.ts';
import type { GateDeclarations } from './declaration.ts';
import { defineGates } from './gates.ts';
import { versionOf } from './version.ts';

const SOUND = { stage: 'beta', owner: '@platform', description: 'Serves events.', since: '0.3.0' };
const { stage: _stage, since: _since, ...DESCRIBED } = SOUND;

/** One gate that is SOUND but for what is given. */
const gate = (change: Record<string, unknown>) => ({ EventsProxy: { ...SOUND, ...change } });
/** One gate with this history. */
const past = (...history: unknown[]) => ({ EventsProxy: { ...DESCRIBED, history } });
const pair = (one: Record<string, unknown>, other: Record<string, unknown>) => ({
  One: { ...SOUND, requires: ['Other'], ...one },
  Other: { ...SOUND, ...other },
});

const lives = (one: readonly unknown[], other: readonly unknown[]) => ({
  One: { ...DESCRIBED, requires: ['Other'], history: one },
  Other: { ...DESCRIBED, history: other },
});

const told = ({ severity, code, path }: Issue): string =>
  `${severity === 'warning' ? 'warning ' : ''}${code} at ${path.join('.')}`;

const WRONG: readonly (readonly [what: string, declarations: unknown, issues: readonly string[]])[] = [
  ['no declarations at all', undefined, ['not-gates at ']],
  [
    'an until that is too early, whatever else is wrong',
    gate({ stage: 'deprecated', since: '1.0', until: '0.5' }),
    ['no-default at EventsProxy.default', 'until-before-since at EventsProxy.until'],
  ],
  [
    'an until that is no version, whatever else is wrong',
    gate({ stage: 'gamma', since: 'yesterday', until: 'tomorrow' }),
    ['no-stage at EventsProxy.stage', 'no-version at EventsProxy.since', 'no-version at EventsProxy.until'],
  ],
  [
    'steps and until behind an entry that cannot be read',
    {
      EventsProxy: {
        ...past({ version: '0.3' }, { version: '0.5', stage: 'beta' }, { version: '0.4', stage: 'ga' }).EventsProxy,
        until: '0.2',
      },
    },
    [
      'no-stage at EventsProxy.history.0.stage',
      'not-later at EventsProxy.history.2',
      'until-before-since at EventsProxy.until',
    ],
  ],
  [
    'an until beside no history',
    gate({ stage: undefined, since: undefined, history: [], until: 7 }),
    ['no-history at EventsProxy.history', 'no-version at EventsProxy.until'],
  ],
  [
    'what stands beside a history with a wrong step',
    gate({
      stage: 'ga',
      since: '0.1',
      history: [
        { version: '0.3', stage: 'beta' },
        { version: '0.5', stage: 'alpha' },
      ],
    }),
    ['regress at EventsProxy.history.1', 'not-as-history at EventsProxy.stage', 'not-as-history at EventsProxy.since'],
  ],
  ['a list', [SOUND], ['not-gates at ']],
  ['a gate that is no map', { EventsProxy: true }, ['not-a-gate at EventsProxy']],
  ['a gate that is null', { EventsProxy: null }, ['not-a-gate at EventsProxy']],
  ['a name with a space', { 'Events Proxy': SOUND }, ['bad-name at Events Proxy']],
  ['a name that begins with a digit', { '2fa': SOUND }, ['bad-name at 2fa']],
  ['a name with two separators', { 'events--proxy': SOUND }, ['bad-name at events--proxy']],
  ['a name of 101 letters', { ['a'.repeat(101)]: SOUND }, [`bad-name at ${'a'.repeat(101)}`]],
  ['an empty name', { '': SOUND }, ['bad-name at ']],
  ['a name with the prefix', { 'feature.events': SOUND }, ['bad-name at feature.events']],
  ['AllAlpha', { AllAlpha: SOUND }, ['bad-name at AllAlpha']],
  ['a name whose variable is PREFIX_FEATURE_ENABLE', { enable: SOUND }, ['bad-name at enable']],
  ['a name whose variable is PREFIX_FEATURE_GATES', { Gates: SOUND }, ['bad-name at Gates']],
  ['__proto__', JSON.parse(`{ "__proto__": ${JSON.stringify(SOUND)} }`), ['bad-name at __proto__']],
  [
    'names that are one when typed',
    { EventsProxy: SOUND, 'events-proxy': SOUND, events_proxy: SOUND },
    ['same-name at events-proxy', 'same-name at events_proxy'],
  ],
  ['an unknown field', gate({ untill: '0.9.0' }), ['unknown-field at EventsProxy.untill']],
  ['no owner', gate({ owner: undefined }), ['no-owner at EventsProxy.owner']],
  ['an owner of spaces', gate({ owner: ' ' }), ['no-owner at EventsProxy.owner']],
  ['no description', gate({ description: '' }), ['no-description at EventsProxy.description']],
  ['a replacement that is no text', gate({ replacement: 1 }), ['wrong-type at EventsProxy.replacement']],
  ['a proposal that is no text', gate({ proposal: ['KEP-1'] }), ['wrong-type at EventsProxy.proposal']],
  ['no stage', gate({ stage: undefined }), ['no-stage at EventsProxy.stage']],
  ['a stage in capitals', gate({ stage: 'ALPHA' }), ['no-stage at EventsProxy.stage']],
  ['prealpha, which is only found out', gate({ stage: 'prealpha' }), ['no-stage at EventsProxy.stage']],
  ['a prototype name as a stage', gate({ stage: 'constructor' }), ['no-stage at EventsProxy.stage']],
  ['a default that is text', gate({ default: 'true' }), ['wrong-type at EventsProxy.default']],
  ['a lock that is a number', gate({ locked: 1 }), ['wrong-type at EventsProxy.locked']],
  ['deprecated without a default', gate({ stage: 'deprecated' }), ['no-default at EventsProxy.default']],
  ['removed without a default', gate({ stage: 'removed' }), ['no-default at EventsProxy.default']],
  [
    'removed and not locked',
    gate({ stage: 'removed', default: true, locked: false }),
    ['removed-unlocked at EventsProxy.locked'],
  ],
  ['no since', gate({ since: undefined }), ['no-version at EventsProxy.since']],
  ['a since that is no version', gate({ since: 'spring' }), ['no-version at EventsProxy.since']],
  ['a since with one number', gate({ since: 'v1' }), ['no-version at EventsProxy.since']],
  ['a since that is a number', gate({ since: 0.3 }), ['no-version at EventsProxy.since']],
  ['a since with a leading zero', gate({ since: '00.3' }), ['no-version at EventsProxy.since']],
  ['a since of 300 characters', gate({ since: `1.0.0-${'a'.repeat(300)}` }), ['no-version at EventsProxy.since']],
  [
    'an until that is no version',
    gate({ stage: 'deprecated', default: false, until: 'soon' }),
    ['no-version at EventsProxy.until'],
  ],
  [
    'an until that is its since',
    gate({ stage: 'deprecated', default: false, since: 'v0.3.0', until: '0.3' }),
    ['until-before-since at EventsProxy.until'],
  ],
  ['an until of a gate that stays', gate({ until: '0.9.0' }), ['warning until-without-end at EventsProxy.until']],
  ['an alpha gate that is on', gate({ stage: 'alpha', default: true }), ['warning alpha-on at EventsProxy.default']],

  ['a history that is no list', gate({ history: '0.3' }), ['no-history at EventsProxy.history']],
  ['an empty history', past(), ['no-history at EventsProxy.history']],
  ['a spec that is no map', past('0.3'), ['not-a-spec at EventsProxy.history.0']],
  [
    'an unknown field in a spec',
    past({ version: '0.3', stage: 'alpha', lockToDefault: true }),
    ['unknown-field at EventsProxy.history.0.lockToDefault'],
  ],
  ['a spec without a version', past({ stage: 'alpha' }), ['no-version at EventsProxy.history.0.version']],
  ['a spec of a patch', past({ version: '0.3.1', stage: 'alpha' }), ['no-version at EventsProxy.history.0.version']],
  [
    'a spec of a version that is too great for semver',
    past({ version: '99999999999999999999.1', stage: 'alpha' }, { version: '99999999999999999999.2', stage: 'beta' }),
    ['no-version at EventsProxy.history.0.version', 'no-version at EventsProxy.history.1.version'],
  ],
  [
    'a spec of a version with leading zeros',
    past({ version: '00.1', stage: 'alpha' }, { version: '0.02', stage: 'beta' }),
    ['no-version at EventsProxy.history.0.version', 'no-version at EventsProxy.history.1.version'],
  ],
  [
    'a spec that is wrong in itself',
    past({ version: '0.3', stage: 'gamma', default: 'on', locked: null }),
    [
      'no-stage at EventsProxy.history.0.stage',
      'wrong-type at EventsProxy.history.0.default',
      'wrong-type at EventsProxy.history.0.locked',
    ],
  ],
  [
    'a deprecated spec without a default',
    past({ version: '0.3', stage: 'ga' }, { version: '0.5', stage: 'deprecated' }),
    ['no-default at EventsProxy.history.1.default'],
  ],
  [
    'a gate that begins as deprecated',
    past({ version: '0.3', stage: 'deprecated', default: true }),
    ['begins-at-the-end at EventsProxy.history.0'],
  ],
  [
    'a gate that begins as removed',
    past({ version: '0.3', stage: 'removed', default: true }),
    ['begins-at-the-end at EventsProxy.history.0'],
  ],
  [
    'versions that go back',
    past({ version: '0.5', stage: 'alpha' }, { version: '0.3', stage: 'beta' }),
    ['not-later at EventsProxy.history.1'],
  ],
  [
    'a version twice',
    past({ version: '0.3', stage: 'alpha' }, { version: 'v0.3', stage: 'beta' }),
    ['not-later at EventsProxy.history.1'],
  ],
  [
    'versions in the order of text, not of numbers',
    past({ version: '0.10', stage: 'alpha' }, { version: '0.9', stage: 'beta' }),
    ['not-later at EventsProxy.history.1'],
  ],
  [
    'a way back from GA',
    past({ version: '0.3', stage: 'ga' }, { version: '0.5', stage: 'beta' }),
    ['regress at EventsProxy.history.1'],
  ],
  [
    'a way back from beta',
    past({ version: '0.3', stage: 'beta' }, { version: '0.5', stage: 'alpha' }),
    ['regress at EventsProxy.history.1'],
  ],
  [
    'a lock that is opened',
    past({ version: '0.3', stage: 'beta', locked: true }, { version: '0.5', stage: 'ga' }),
    ['unlocked at EventsProxy.history.1'],
  ],
  [
    'a deprecated gate that comes back',
    past(
      { version: '0.3', stage: 'beta' },
      { version: '0.5', stage: 'deprecated', default: false },
      { version: '0.7', stage: 'beta' },
    ),
    ['resurrected at EventsProxy.history.2'],
  ],
  [
    'something after removal',
    past(
      { version: '0.3', stage: 'beta' },
      { version: '0.5', stage: 'removed', default: true },
      { version: '0.7', stage: 'removed', default: false },
    ),
    ['after-removal at EventsProxy.history.2'],
  ],
  [
    'a step without a change',
    past({ version: '0.3', stage: 'alpha', locked: false }, { version: '0.5', stage: 'alpha' }),
    ['no-change at EventsProxy.history.1'],
  ],
  [
    'every wrong step of a history',
    past(
      { version: '0.3', stage: 'beta', locked: true },
      { version: '0.5', stage: 'ga' },
      { version: '0.7', stage: 'ga' },
      { version: '0.6', stage: 'deprecated', default: true },
    ),
    ['unlocked at EventsProxy.history.1', 'no-change at EventsProxy.history.2', 'not-later at EventsProxy.history.3'],
  ],
  [
    'what stands beside a history and says other',
    {
      EventsProxy: {
        ...DESCRIBED,
        stage: 'alpha',
        default: true,
        locked: true,
        since: '0.2.0',
        history: [
          { version: '0.3', stage: 'alpha' },
          { version: '0.5', stage: 'beta' },
        ],
      },
    },
    [
      'not-as-history at EventsProxy.stage',
      'not-as-history at EventsProxy.default',
      'not-as-history at EventsProxy.locked',
      'not-as-history at EventsProxy.since',
    ],
  ],
  [
    'an until that comes before a history',
    {
      EventsProxy: {
        ...DESCRIBED,
        until: '0.2.0',
        history: [
          { version: '0.3', stage: 'beta' },
          { version: '0.5', stage: 'deprecated', default: true },
        ],
      },
    },
    ['until-before-since at EventsProxy.until'],
  ],

  ...(['0.4.0', '0.5.0', 'v0.5', '0.5.0-rc.1'] as const).map(
    (until) =>
      [
        `an until of ${until}, and deprecated in 0.5`,
        {
          EventsProxy: {
            ...DESCRIBED,
            until,
            history: [
              { version: '0.3', stage: 'beta' },
              { version: '0.5', stage: 'deprecated', default: false },
              { version: '0.9', stage: 'removed', default: false },
            ],
          },
        },
        ['until-before-end at EventsProxy.until'],
      ] as const,
  ),
  [
    'an until that comes before removal, and never deprecated',
    {
      EventsProxy: {
        ...DESCRIBED,
        until: '0.8',
        history: [
          { version: '0.3', stage: 'beta' },
          { version: '0.9', stage: 'removed', default: false },
        ],
      },
    },
    ['until-before-end at EventsProxy.until'],
  ],

  ['requires that is no list', gate({ requires: 'Other' }), ['wrong-type at EventsProxy.requires']],
  ['requires with a number in it', gate({ requires: [1] }), ['wrong-type at EventsProxy.requires']],
  ['an unknown requirement', gate({ requires: ['Event'] }), ['unknown-gate at EventsProxy.requires.0']],
  ['a prototype name as a requirement', gate({ requires: ['toString'] }), ['unknown-gate at EventsProxy.requires.0']],
  ['a gate that requires itself', gate({ requires: ['EventsProxy'] }), ['cycle at EventsProxy.requires']],
  ['a circle of two', pair({}, { requires: ['One'] }), ['cycle at One.requires']],
  [
    'two circles',
    {
      A: { ...SOUND, requires: ['B'] },
      B: { ...SOUND, requires: ['C'] },
      C: { ...SOUND, requires: ['A', 'D'] },
      D: { ...SOUND, requires: ['D'] },
    },
    ['cycle at A.requires', 'cycle at D.requires'],
  ],
  ['a beta gate that requires an alpha one', pair({}, { stage: 'alpha' }), ['less-stable at One.requires.0']],
  ['a GA gate that requires a beta one', pair({ stage: 'ga' }, {}), ['less-stable at One.requires.0']],
  [
    'a gate that requires what is going',
    pair({}, { stage: 'deprecated', default: true }),
    ['less-stable at One.requires.0'],
  ],
  [
    'the newest stage of a requirement counts',
    pair({}, { stage: undefined, since: undefined, history: [{ version: '0.3', stage: 'alpha' }] }),
    ['less-stable at One.requires.0'],
  ],
  ['on by default, and what it requires off', pair({}, { default: false }), ['off-by-default at One.requires.0']],
  [
    'on by default in the edge channel alone, and what it requires off',
    pair({ stage: 'alpha' }, { default: false }),
    ['off-by-default at One.requires.0'],
  ],
  [
    'less stable only for a while',
    lives(
      [
        { version: '0.1', stage: 'alpha' },
        { version: '0.5', stage: 'ga', default: false },
      ],
      [
        { version: '0.1', stage: 'alpha' },
        { version: '0.6', stage: 'ga' },
      ],
    ),
    ['less-stable at One.requires.0'],
  ],
  [
    'there before what it requires',
    lives([{ version: '0.1', stage: 'alpha' }], [{ version: '0.2', stage: 'ga' }]),
    ['less-stable at One.requires.0'],
  ],
  [
    'without a history, and there before what it requires is as stable',
    pair(
      { since: '0.4.2' },
      {
        stage: undefined,
        since: undefined,
        history: [
          { version: '0.3', stage: 'alpha' },
          { version: '0.5', stage: 'beta' },
        ],
      },
    ),
    ['less-stable at One.requires.0'],
  ],
  [
    'wrong, right and wrong again in the same way',
    lives(
      [
        { version: '0.1', stage: 'beta' },
        { version: '0.3', stage: 'ga' },
      ],
      [
        { version: '0.1', stage: 'alpha' },
        { version: '0.2', stage: 'beta' },
        { version: '0.5', stage: 'ga' },
      ],
    ),
    ['less-stable at One.requires.0', 'less-stable at One.requires.0'],
  ],
  [
    'removed, which is locked on, and what it requires not locked',
    pair({ stage: 'removed', default: true }, { stage: 'deprecated', default: true }),
    ['unlocked-requirement at One.requires.0'],
  ],
  [
    'what it requires, while neither is described',
    pair({ description: '' }, { stage: 'alpha', owner: 1 }),
    ['no-description at One.description', 'no-owner at Other.owner', 'less-stable at One.requires.0'],
  ],
  [
    'what a gate whose stage is wrong requires',
    pair({ stage: 'gamma', requires: ['Othr', 'Other'] }, { requires: ['One'] }),
    ['no-stage at One.stage', 'unknown-gate at One.requires.0', 'cycle at One.requires'],
  ],
  [
    'locked on, and what it requires not locked',
    pair({ locked: true }, {}),
    ['unlocked-requirement at One.requires.0'],
  ],
];

const SOUNDS: readonly (readonly [what: string, declarations: unknown])[] = [
  ['nothing', {}],
  ['a gate', gate({})],
  ['all fields', gate({ default: false, locked: true, requires: [], proposal: 'KEP-1', replacement: 'Events' })],
  ['every way to write a version', gate({ since: 'v0.3', stage: 'deprecated', default: true, until: 'v0.9.0-rc.1' })],
  ...(['0.5.1', '0.8', '0.9', '1.0'] as const).map(
    (until) =>
      [
        `an until of ${until}, and deprecated in 0.5`,
        {
          EventsProxy: {
            ...DESCRIBED,
            until,
            history: [
              { version: '0.3', stage: 'beta' },
              { version: '0.5', stage: 'deprecated', default: false },
              { version: '0.9', stage: 'removed', default: false },
            ],
          },
        },
      ] as const,
  ),
  [
    'removed in its until, and never deprecated',
    {
      EventsProxy: {
        ...DESCRIBED,
        until: '0.9.0',
        history: [
          { version: '0.3', stage: 'beta' },
          { version: '0.9', stage: 'removed', default: false },
        ],
      },
    },
  ],
  ['prototype names', { constructor: SOUND, toString: SOUND, hasOwnProperty: SOUND, valueOf: SOUND }],
  ['names of the seeds', { 'axolotl-mode': SOUND, 'storage.ceph': SOUND, multi_region: SOUND }],
  [
    'a whole life',
    past(
      { version: '0.1', stage: 'alpha' },
      { version: '0.2', stage: 'alpha', default: true },
      { version: '0.3', stage: 'beta' },
      { version: '0.5', stage: 'ga', default: true },
      { version: '0.6', stage: 'ga', default: true, locked: true },
      { version: '0.7', stage: 'deprecated', default: true, locked: true },
      { version: '1.0', stage: 'removed', default: true },
    ),
  ],
  [
    'a deprecated gate, first on and then off',
    past(
      { version: '0.1', stage: 'beta' },
      { version: '0.2', stage: 'deprecated', default: true },
      { version: '0.3', stage: 'deprecated', default: false },
    ),
  ],
  [
    'a history, and the same beside it',
    { EventsProxy: { ...SOUND, history: [{ version: '0.3', stage: 'beta' }], default: false, locked: false } },
  ],
  [
    'a deprecated gate may require one that is deprecated too',
    pair({ stage: 'deprecated', default: true }, { stage: 'deprecated', default: true }),
  ],
  ['alpha requires beta', pair({ stage: 'alpha' }, {})],
  ['on by default where what it requires is', pair({ stage: 'beta' }, { stage: 'ga' })],
  [
    'what it requires was less stable before it was there',
    pair(
      { since: '0.5.1' },
      {
        stage: undefined,
        since: undefined,
        history: [
          { version: '0.3', stage: 'alpha' },
          { version: '0.5', stage: 'beta' },
        ],
      },
    ),
  ],
  [
    'both of the same life',
    lives(
      [
        { version: '0.1', stage: 'alpha' },
        { version: '0.3', stage: 'beta' },
      ],
      [
        { version: '0.1', stage: 'alpha' },
        { version: '0.3', stage: 'beta' },
      ],
    ),
  ],
  [
    'both removed and on',
    pair({ stage: 'deprecated', default: true, locked: true }, { stage: 'removed', default: true }),
  ],
  ['locked off, and what it requires not locked', pair({ default: false, locked: true }, {})],
  ['both locked on', pair({ locked: true }, { locked: true })],
];

describe('checkDeclarations', () => {
  it.each(WRONG)('finds %s', (_what, declarations, issues) => {
    expect(checkDeclarations(declarations).map(told)).toEqual(issues);
  });

  it.each(SOUNDS)('accepts %s', (_what, declarations) => {
    expect(checkDeclarations(declarations)).toEqual([]);
  });

  it('lists every problem at once', () => {
    const all = {
      'bad name': { ...SOUND, stage: 'x' },
      NoOwner: { ...SOUND, owner: '', since: 'x' },
      Circle: { ...SOUND, requires: ['Circle'] },
      Past: { ...DESCRIBED, history: [{ version: '0.3.1', stage: 'alpha' }, { version: '0.5' }] },
    };
    expect(checkDeclarations(all).map(told)).toEqual([
      'bad-name at bad name',
      'no-stage at bad name.stage',
      'no-owner at NoOwner.owner',
      'no-version at NoOwner.since',
      'no-version at Past.history.0.version',
      'no-stage at Past.history.1.stage',
      'cycle at Circle.requires',
    ]);
  });

  it.each([
    ['a field', gate({ untill: '0.9.0' }), 'did you mean until?'],
    ['a requirement', { ...pair({ requires: ['Othr'] }, {}) }, 'did you mean Other?'],
  ])('suggests %s', (_what, declarations, hint) => {
    expect(checkDeclarations(declarations)).toEqual([expect.objectContaining({ hint })]);
  });

  it('says from which version on a gate cannot require another', () => {
    const history = (version: string) => [
      { version: '0.1', stage: 'alpha' },
      { version, stage: 'ga' },
    ];
    expect(checkDeclarations(lives(history('0.5'), history('0.6'))).map(({ message }) => message)).toEqual([
      'in 0.5 One is ga and cannot require Other, which is alpha',
    ]);
  });

  // nobody who runs a program can mend what its declarations say
  it('accepts no declarations that are no sound gates in some version or channel', () => {
    const specs = fc.uniqueArray(
      fc.record({
        minor: fc.integer({ min: 1, max: 5 }),
        stage: fc.constantFrom('alpha', 'beta', 'ga', 'deprecated', 'removed'),
        default: fc.constantFrom(undefined, true, false),
        locked: fc.constantFrom(undefined, true),
      }),
      { selector: ({ minor }) => minor, minLength: 1, maxLength: 3 },
    );
    const gate = specs.map((lines) => {
      const [first, ...more] = [...lines].sort((one, other) => one.minor - other.minor);
      const { minor, ...spec } = first!;
      // some have a history, others are what they are
      if (more.length === 0 && minor > 2) return { ...DESCRIBED, ...spec, since: `0.${minor}.0` };
      return {
        ...DESCRIBED,
        history: [first!, ...more].map(({ minor, ...spec }) => ({ version: `0.${minor}`, ...spec })),
      };
    });
    let accepted = 0;
    const version = fc.integer({ min: 0, max: 6 }).map((minor) => `0.${minor}.0`);
    const channel = fc.constantFrom(undefined, 'edge', 'beta', 'candidate', 'stable' as const);
    fc.assert(
      fc.property(gate, gate, version, channel, (one, other, version, channel) => {
        const declarations = { One: { ...one, requires: ['Other'] }, Other: other };
        const sound = checkDeclarations(declarations, versionOf(version)).every(({ severity }) => severity !== 'error');
        if (!sound) return;
        accepted++;
        const program = { program: 'zarf', version, channel, onWarning: () => {} };
        defineGates(program, declarations as unknown as GateDeclarations);
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('names a circle from its first gate', () => {
    const [issue] = checkDeclarations(pair({}, { requires: ['One'] }));
    expect(issue?.message).toContain('One → Other → One');
  });
});
