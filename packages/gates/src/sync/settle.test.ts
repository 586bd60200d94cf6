import { describe, expect, it } from 'vitest';
import { type ClusterGate, clusterDefinition, REMEMBERED } from '../cluster.ts';
import type { Entry, Value } from './entry.ts';
import { settle } from './settle.ts';

/** A gate as its writers leave it, one write after another. */
function writes(...all: readonly (readonly [id: string, value: Value])[]): ClusterGate {
  let gate: ClusterGate | undefined;
  for (const [id, value] of all) {
    const definition = clusterDefinition(value, id, gate);
    const replaced = gate?.write === undefined ? [] : [gate.write, ...gate.replaced].slice(0, REMEMBERED);
    gate = { key: 'feature.a', enabled: value, definition, write: id, replaced };
  }
  return gate!;
}

/** A definition of somebody who keeps no history. */
function raw(value: boolean): ClusterGate {
  const definition = { type: 'bool', default: value };
  return { key: 'feature.a', enabled: value, definition, write: undefined, replaced: [] };
}

const settled = (entry: Entry | undefined, local: Value, gate: ClusterGate | undefined) =>
  settle(entry, local, gate, gate?.definition ?? null);

const OLD = writes(['old', false]);
const agreed = { value: false, write: 'old' };
const onOld: Entry = { agreed, push: { base: OLD.definition, sent: [{ id: 'own', value: true }] } };
const onNothing: Entry = { push: { base: null, sent: [{ id: 'own', value: true }] } };
const landed = { entry: { agreed: { value: true, write: 'own' } }, uncertain: false };
const uncertain = { ...landed, uncertain: true };
const none = { entry: { agreed }, uncertain: false };

describe('what was sent', () => {
  it.each<[what: string, Entry, ClusterGate | undefined, unknown]>([
    ['is the definition that is there', onOld, writes(['old', false], ['own', true]), landed],
    ['was replaced', onOld, writes(['old', false], ['own', true], ['later', false]), landed],
    [
      'was replaced by something it did not know of',
      onNothing,
      writes(['own', true], ['x', false], ['y', true]),
      landed,
    ],
    ['has not landed yet', onOld, OLD, { entry: onOld, uncertain: false }],
    ['has not landed yet where nothing was', onNothing, undefined, { entry: onNothing, uncertain: false }],
    ['lost against another write', onOld, writes(['old', false], ['other', true]), none],
    ['lost against two', onOld, writes(['old', false], ['x', true], ['y', false]), none],
    ['lost where nothing was', onNothing, writes(['other', false]), { entry: undefined, uncertain: false }],
    [
      'lost against an edit that kept the write',
      onOld,
      { ...writes(['old', false]), definition: { type: 'bool' } },
      none,
    ],
    ['may have been replaced by a writer without a history', onOld, raw(false), uncertain],
    ['may have been deleted', onOld, undefined, uncertain],
    ['may be forgotten', onOld, writes(['old', false], ...many(REMEMBERED + 1)), uncertain],
    ['is in the last place of the history', onOld, writes(['own', true], ...many(REMEMBERED)), landed],
    ['is not in a history that goes back just far enough', onOld, writes(['old', false], ...many(REMEMBERED)), none],
  ])('%s', (_, entry, gate, expected) => {
    expect(settled(entry, true, gate)).toEqual(expected);
  });

  it('is one of several, of which one has landed', () => {
    const sent = [
      { id: 'first', value: true },
      { id: 'second', value: undefined },
    ];
    const entry: Entry = { agreed, push: { base: OLD.definition, sent } };
    const gate = writes(['old', false], ['first', true]);
    expect(settled(entry, undefined, gate).entry).toEqual({ agreed: { value: true, write: 'first' } });
  });

  it('was the last of several, as far as anybody knows', () => {
    const sent = [
      { id: 'first', value: true },
      { id: 'second', value: undefined },
    ];
    const entry: Entry = { agreed, push: { base: OLD.definition, sent } };
    expect(settled(entry, undefined, raw(true)).entry).toEqual({ agreed: { value: undefined, write: 'second' } });
  });
});

describe('what was to be put here', () => {
  const entry: Entry = { agreed, pull: { value: true, write: 'w' } };
  it.each<[what: string, Value, unknown]>([
    ['was', true, { agreed: { value: true, write: 'w' } }],
    ['was not', false, { agreed }],
    ['was not, and another is there', undefined, { agreed }],
  ])('%s', (_, local, expected) => {
    // what is as before may have been set back
    expect(settled(entry, local, OLD)).toEqual({ entry: expected, uncertain: local === agreed.value });
    expect(settle(entry, local, undefined, OLD, true)).toEqual({ entry: expected, uncertain: false });
  });

  it('was, so that what was sent before is over', () => {
    expect(settled({ ...onOld, pull: { value: undefined } }, undefined, OLD).entry).toEqual({
      agreed: { value: undefined },
    });
  });

  it('was not, so that what was sent before is looked for', () => {
    const gate = writes(['old', false], ['own', true]);
    expect(settled({ ...onOld, pull: { value: undefined } }, true, gate)).toEqual(landed);
  });
});

it('nothing is remembered of what nothing was remembered of', () => {
  expect(settled(undefined, true, OLD)).toEqual({ entry: undefined, uncertain: false });
});

function many(count: number): readonly (readonly [string, Value])[] {
  return Array.from({ length: count }, (_, i) => [`w${i}`, i % 2 === 0] as const);
}
