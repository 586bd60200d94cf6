import type { FlagError } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { describe, expect, it } from 'vitest';
import { defineGates } from '../gates.ts';
import { layer } from '../layer.ts';
import { formatGates, gateHelp, gateRows } from './index.ts';

const said: string[] = [];
const milo = defineGates(
  { program: 'milo', version: '0.5.0', onWarning: (message) => said.push(message) },
  {
    EventsProxy: {
      stage: 'alpha',
      owner: '@datum-cloud/platform',
      description: 'Forwards events to the activity service.',
      since: '0.3.0',
      requires: ['Sessions'],
    },
    Sessions: { stage: 'beta', owner: '@datum-cloud/identity', description: 'Sessions as resources.', since: 'v0.2' },
    'Sessions-v2': { stage: 'alpha', default: true, owner: '@x', description: 'Sessions anew.', since: '0.5.0' },
    UserIdentities: { stage: 'ga', locked: true, owner: '@x', description: 'Identities of users.', since: '0.1.0' },
    'storage.ceph': { stage: 'alpha', owner: '@x', description: 'Ceph as a backend.', since: '0.5.0' },
    MachineAccountKeys: {
      stage: 'deprecated',
      default: true,
      owner: '@x',
      description: 'Keys of machines.',
      since: '0.1.0',
      until: '0.5.0',
      replacement: 'ServiceAccountKeys',
      proposal: 'https://example.com/1',
    },
    Later: {
      history: [{ version: '0.9', stage: 'alpha' }],
      owner: '@x',
      description: 'It comes later.',
    },
    Gone: { stage: 'removed', default: false, owner: '@x', description: 'What was.', since: '0.1.0' },
  },
);
const set = milo.with(layer('flag', { EventsProxy: true, Sessions: true }, '--feature-gates'));

describe('gateHelp', () => {
  it('has the words of Kubernetes, and alpha and beta alone', () => {
    expect(gateHelp(milo)).toBe(
      [
        'A set of key=value pairs that describe feature gates for alpha/experimental features. Options are:',
        'AllAlpha=true|false (ALPHA - default=false)',
        'AllBeta=true|false (BETA - default=false)',
        'EventsProxy=true|false (ALPHA - default=false)',
        'Sessions-v2=true|false (ALPHA - default=true)',
        'Sessions=true|false (BETA - default=true)',
        'storage.ceph=true|false (ALPHA - default=false)',
      ].join('\n'),
    );
  });

  it('tells defaults, not what is set', () => {
    expect(gateHelp(set)).toBe(gateHelp(milo));
  });
});

describe('formatGates', () => {
  it('prints the table of kubectl', () => {
    expect(formatGates(set).split('\n')).toEqual([
      'NAME                 STAGE        DEFAULT   EFFECTIVE   SOURCE    SINCE   UNTIL    OWNER                   LOCKED',
      'EventsProxy          alpha        false     true        flag      0.3.0   <none>   @datum-cloud/platform   false',
      'Gone                 removed      false     false       locked    0.1.0   <none>   @x                      true',
      'Later                prealpha     false     false       locked    0.9     <none>   @x                      true',
      'MachineAccountKeys   deprecated   true      true        default   0.1.0   0.5.0    @x                      false',
      'Sessions             beta         true      true        flag      v0.2    <none>   @datum-cloud/identity   false',
      'Sessions-v2          alpha        true      true        default   0.5.0   <none>   @x                      false',
      'UserIdentities       ga           true      true        locked    0.1.0   <none>   @x                      true',
      'storage.ceph         alpha        false     false       default   0.5.0   <none>   @x                      false',
    ]);
  });

  it('prints more of it when wide', () => {
    const [titles, ...lines] = formatGates(set, { output: 'wide', features: ['feature.Sessions'] }).split('\n');
    expect(titles).toMatch(/LOCKED +KEY +TYPE +WHY +DESCRIPTION$/);
    expect(lines[0]).toMatch(
      /false +feature\.EventsProxy +feature-gate +set by --feature-gates +Forwards events to the activity service\.$/,
    );
    expect(lines.find((line) => line.startsWith('Sessions '))).toMatch(/ feature {2,}/);
    expect(lines.at(-1)).toMatch(/ storage-backend {2,}/);
  });

  it.each([
    [
      { headers: false, stages: ['beta'] },
      'Sessions   beta   true   true   flag   v0.2   <none>   @datum-cloud/identity   false',
    ],
    [{ output: 'name', stages: ['beta', 'ga'] }, 'Sessions\nUserIdentities'],
    [{ output: 'name', stages: [] }, ''],
  ] as const)('prints what %j asks for', (options, text) => {
    expect(formatGates(set, options)).toBe(text);
  });

  it.each(['json', 'yaml'] as const)('is read back from %s', (output) => {
    const text = formatGates(set, { output });
    expect(parseText(text, { format: output }).document).toEqual(gateRows(set));
  });

  it('refuses another output', () => {
    for (const output of ['csv', '__proto__', 'toString']) {
      expect(() => formatGates(milo, { output: output as 'json' })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as FlagError,
      );
    }
  });

  it('gives a terminal nothing to obey', () => {
    const evil = '\n red \u001b[31m, up \u009b1A,\r\n\tback\b, \u202eturned\u2028 \u{e0041}';
    const gates = defineGates(
      { program: 'evil', version: '1.0.0' },
      { A: { stage: 'alpha', owner: evil, description: evil, since: '1.0' } },
    ).with(layer('flag', { A: true }, evil));
    for (const output of ['table', 'wide', 'json', 'yaml'] as const) {
      const text = formatGates(gates, { output });
      expect(text.replaceAll('\n', ' ')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(text).not.toMatch(/\p{Cf}/u);
    }
    expect(formatGates(gates).split('\n')).toHaveLength(2);
    expect(formatGates(gates)).toContain('   red �[31m, up �1A, back�, �turned �   ');
    expect(JSON.parse(formatGates(gates, { output: 'json' }))).toEqual(gateRows(gates));
  });

  it('counts characters, not units', () => {
    const gates = defineGates(
      { program: 'wide', version: '1.0.0' },
      {
        A: { stage: 'alpha', owner: '🚀🚀', description: 'One.', since: '1.0' },
        B: { stage: 'alpha', owner: 'four', description: 'Two.', since: '1.0' },
      },
    );
    const [, one, other] = formatGates(gates).split('\n');
    expect([...one!].length - [...other!].length).toBe(0);
  });
});

describe('gateRows', () => {
  it('has what is known of a gate, and only JSON', () => {
    const rows = gateRows(set);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(rows.find(({ name }) => name === 'MachineAccountKeys')).toEqual({
      name: 'MachineAccountKeys',
      key: 'feature.MachineAccountKeys',
      type: 'feature-gate',
      stage: 'deprecated',
      default: true,
      enabled: true,
      source: 'default',
      why: 'deprecated, on by default',
      since: '0.1.0',
      until: '0.5.0',
      overdue: true,
      locked: false,
      owner: '@x',
      description: 'Keys of machines.',
      requires: [],
      replacement: 'ServiceAccountKeys',
      proposal: 'https://example.com/1',
    });
  });

  it('tells of no use, though some gates warn when they are used', () => {
    gateRows(set);
    expect(said).toEqual([]);
    expect(set.enabled('MachineAccountKeys')).toBe(true);
    expect(said).toHaveLength(1);
  });
});
