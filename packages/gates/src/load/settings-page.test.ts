import { readFileSync } from 'node:fs';
import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { defineGates } from '../gates.ts';
import { gatesFromArgs } from '../input/args.ts';
import { gatesFromEnv } from '../input/env.ts';
import { type GateTextFormat, parseGateText } from './gate-text.ts';

// docs/gates-settings.md tells the truth: its files are read alike, and its messages are those that are thrown.

const page = readFileSync(new URL('../../../../docs/gates-settings.md', import.meta.url), 'utf8');

const ABOUT = { stage: 'alpha', owner: '@platform', description: 'For tests.', since: '1.0.0' } as const;
const gates = defineGates(
  { program: 'zarf', version: '1.0.0' },
  { Foo: ABOUT, Needs: { ...ABOUT, requires: ['Foo'] }, Locked: { ...ABOUT, stage: 'ga', locked: true } },
);

function messagesOf(written: string): readonly string[] {
  try {
    const layer = written.startsWith('--')
      ? gatesFromArgs(written.split(' ')).layer
      : written.startsWith('ZARF_')
        ? gatesFromEnv(gates, { [written.split('=')[0]!]: written.slice(written.indexOf('=') + 1) })
        : parseGateText(written, { file: 'gates.yaml' });
    gates.with(layer);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^ {2}(?:\S+ )?error [^:]*: /, ''));
  }
  return [];
}

describe('the messages', () => {
  const rows = [...page.matchAll(/^\| `(.+?)` +\| `(.+)` +\|$/gm)].filter(([, written]) =>
    /^(?:--feature.*=|--feature-gates$|ZARF_\w+=|feature.*: )/.test(written!),
  );
  // the tables of spellings have no messages
  const messages = rows.filter(([, , message]) => message!.includes(' ') && !/^[-{]/.test(message!));

  it('are many', () => {
    expect(messages.length).toBeGreaterThan(20);
  });

  it.each(messages.map(([, written, message]) => [written!, message!]))('of %s', (written, message) => {
    const said = messagesOf(written).map((line) => line.replace(/ \(set by [^)]*\)$/, ''));
    expect([...said, ...messagesOf(written)]).toContain(message);
  });
});

describe('the files', () => {
  const files = [...page.matchAll(/^```(yaml|toml|json) gates\n(.*?)^```$/gms)];
  const read = (format: string, text: string) =>
    parseGateText(text, { format: format as GateTextFormat })
      .settings.map(({ name, enabled }) => `${name}=${enabled}`)
      .sort();

  it('are three, and say the same', () => {
    expect(files.map(([, format]) => format)).toEqual(['yaml', 'toml', 'json']);
    const [yaml, toml, json] = files.map(([, format, text]) => read(format!, text!));
    expect(yaml).toEqual([
      'AllAlpha=false',
      'Bar=true',
      'Buzz=false',
      'EventsProxy=true',
      'Fizz=false',
      'Foo=true',
      'axolotl-mode=true',
      'bundle-signature=true',
      'multi-region=true',
      'net.ovn=true',
      'storage.ceph=true',
      'storage.pure.flash=false',
      'values=false',
    ]);
    expect(toml).toEqual(yaml);
    expect(json).toEqual(yaml);
  });
});
