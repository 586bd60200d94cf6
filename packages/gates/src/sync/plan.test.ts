import { compile, type FlagDefinition } from '@flagwright/core';
import { expect, it } from 'vitest';
import { clusterDefinition } from '../cluster.ts';
import type { Memory } from './baseline.ts';
import type { Value } from './entry.ts';
import { beforePull, beforePush, planOf, remembered, type Step } from './plan.ts';
import { viewOf } from './view.ts';

const view = (flags: Readonly<Record<string, FlagDefinition>>) =>
  viewOf(compile({ document: { flags }, revision: '1' }));
const THERE = view({
  'feature.a': clusterDefinition(true, 'w1', undefined),
  'feature.text': { type: 'string', default: 'x' },
});
const found = (gates: ReadonlyMap<string, boolean>, ...left: string[]) => ({
  gates,
  left: new Set(left),
  disappeared: new Set<string>(),
});
const memory = (gates: Memory['gates'], joined = true): Memory => ({ joined, gates });
const stepOf = (local: Value, gates: Memory['gates'] = new Map()): Step => {
  const here = new Map<string, boolean>(local === undefined ? [] : [['a', local]]);
  return planOf(memory(gates), found(here), THERE, 'two-way', 'joined').find(({ name }) => name === 'a')!;
};

it('every gate that anybody knows has its step, but those that are left alone', () => {
  const here = new Map([
    ['here', true],
    ['text', true],
  ]);
  const steps = planOf(
    memory(new Map(['before', 'odd'].map((name) => [name, { agreed: { value: true } }]))),
    found(here, 'odd'),
    THERE,
    'two-way',
    'joined',
  );
  expect(steps.map(({ name, action }) => `${name} ${action}`)).toEqual(['a pull', 'before agree', 'here push']);
});

it('what both have is remembered, and what nobody has is forgotten', () => {
  expect(remembered(stepOf(true))).toEqual({ agreed: { value: true, write: 'w1' } });
  const [gone] = planOf(
    memory(new Map([['z', { agreed: { value: true } }]])),
    found(new Map()),
    view({}),
    'two-way',
    'joined',
  );
  expect(remembered(gone!)).toBeUndefined();
});

it('what is still on its way is remembered though both agree', () => {
  const push = { base: THERE.stored('a'), sent: [{ id: 'own', value: false }] };
  expect(remembered(stepOf(true, new Map([['a', { push }]])))).toEqual({ agreed: { value: true, write: 'w1' }, push });
});

it('a value keeps its id while the same definition is to be replaced', () => {
  let ids = 0;
  const newId = (): string => `own-${++ids}`;
  let gates: Memory['gates'] = new Map([['a', { agreed: { value: true, write: 'w1' } }]]);
  const sent: string[] = [];
  for (const value of [false, undefined, false, undefined, false]) {
    const { id, entry } = beforePush(stepOf(value, gates), newId);
    sent.push(id);
    expect(entry.push!.sent.at(-1)).toEqual({ id, value });
    gates = new Map([['a', entry]]);
  }
  expect(sent).toEqual(['own-1', 'own-2', 'own-1', 'own-2', 'own-1']);
  expect(gates.get('a')).toEqual({
    agreed: { value: true, write: 'w1' },
    push: {
      base: THERE.stored('a'),
      sent: [
        { id: 'own-2', value: undefined },
        { id: 'own-1', value: false },
      ],
    },
  });
});

it('what is to be put here is written down beside what was agreed on', () => {
  const agreed = { value: false, write: 'w0' };
  expect(beforePull(stepOf(false, new Map([['a', { agreed }]])))).toEqual({
    agreed,
    pull: { value: true, write: 'w1' },
  });
  expect(beforePull(stepOf(undefined))).toEqual({ pull: { value: true, write: 'w1' } });
});
