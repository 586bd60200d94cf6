import { describe, expect, it } from 'vitest';
import { checkGates } from './check/index.ts';
import { compareSnapshot } from './compare-snapshot.ts';
import { checkGateReference, gateReference, writeGateReference } from './docs/index.ts';
import { defineGates, type Gates } from './gates.ts';
import { formatGates, gateHelp, gateRows } from './list/index.ts';
import { liveGates } from './live.ts';
import { snapshot } from './snapshot.ts';

const gates = defineGates({ program: 'milo', version: '1.0.0' }, {});
const holder = liveGates(gates);
const file = 'nowhere.md';

const calls: readonly (readonly [string, (given: Gates) => unknown])[] = [
  ['snapshot', snapshot],
  ['compareSnapshot', (given) => compareSnapshot(snapshot(gates), given)],
  ['formatGates', formatGates],
  ['gateRows', gateRows],
  ['gateHelp', gateHelp],
  ['gateReference', gateReference],
  ['writeGateReference', (given) => writeGateReference({ gates: given, file })],
  ['checkGateReference', (given) => checkGateReference({ gates: given, file })],
  ['checkGates', (given) => checkGates({ gates: given, roots: ['src'] })],
];

describe.each(calls)('%s', (_, call) => {
  it.each([
    ['nothing', undefined],
    ['an object', {}],
    ['a function', () => gates],
    ['a holder', holder],
  ])('refuses %s', async (_name, given) => {
    await expect((async () => call(given as unknown as Gates))()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(given === holder ? /live\.current/ : /expected what defineGates returns/),
    });
  });
});

it.each([
  ['checkGates', 'roots', () => checkGates({ gates, roots: [1 as unknown as string] })],
  ['checkGates', 'roots', () => checkGates({ gates, roots: 'src' as unknown as string[] })],
  ['checkGates', 'used', () => checkGates({ gates, roots: ['src'], used: 'A' as unknown as string[] })],
  ['writeGateReference', 'file', () => writeGateReference({ gates } as unknown as { gates: Gates; file: string })],
])('%s refuses %s that make no sense', async (_, option, call) => {
  await expect(call()).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(new RegExp(`^${option} is `)),
  });
});
