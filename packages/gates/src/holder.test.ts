import { expect, it, vi } from 'vitest';
import { defineGates } from './gates.ts';
import { gatesHolder } from './holder.ts';
import { layer } from './layer.ts';

const ABOUT = { owner: '@platform', description: 'Serves events.', since: '0.3.0', stage: 'alpha' } as const;
const holder = () =>
  gatesHolder(defineGates({ program: 'zarf', version: '0.5.0' }, { EventsProxy: ABOUT, Sessions: ABOUT }));

it('tells every listener of the first swap before any of the second, also if a listener swaps', () => {
  const live = holder();
  const heard: string[] = [];
  const told = (who: string) =>
    live.on((now, before) => {
      heard.push(`${who}: ${[before, now].map((gates) => gates.list().filter(({ enabled }) => enabled).length)}`);
      expect(live.enabled('EventsProxy')).toBe(true);
    });
  told('first');
  live.on((now) => {
    if (!now.enabled('Sessions')) live.apply(layer('override', { Sessions: true }));
  });
  told('last');
  live.apply(layer('env', { EventsProxy: true }));
  expect(heard).toEqual(['first: 0,1', 'last: 0,1', 'first: 1,2', 'last: 1,2']);
});

it('goes on after a listener that throws while it swaps', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    const live = holder();
    let left = 1;
    live.on(() => {
      if (left-- > 0) live.drop('env');
      throw new Error('no');
    });
    live.apply(layer('env', { EventsProxy: true }));
    live.apply(layer('env', { Sessions: true }));
    expect(emitted).toHaveBeenCalledTimes(3);
    expect([live.enabled('EventsProxy'), live.enabled('Sessions')]).toEqual([false, true]);
  } finally {
    emitted.mockRestore();
  }
});
