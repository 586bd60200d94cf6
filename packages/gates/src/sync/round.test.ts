import { expect, it } from 'vitest';
import { expectAgreement, expectNothingResurrected } from '../../test/sync/laws.ts';
import { type World, worldOf } from '../../test/sync/world.ts';
import type { SyncReport } from './round.ts';

// Interleavings with a name, each at the point where it matters.

/** Two nodes in step on `a: false`. */
async function two(): Promise<World> {
  const world = worldOf({ nodes: 2, local: [{ a: false }] });
  await world.heal();
  return world;
}

async function settles(world: World, a: boolean | undefined): Promise<void> {
  await world.heal();
  await expectAgreement(world);
  expectNothingResurrected(world);
  expect((await world.cluster()).get('a')).toBe(a);
}

it('a write that landed before its node was killed is not made again over a later one', async () => {
  const world = await two();
  world.set(0, 'a', true);
  await world.until(0, 'after commit');
  expect((await world.cluster()).get('a')).toBe(true);
  world.crash(0);
  world.set(1, 'a', undefined);
  await world.finish(1);
  await world.finish(1);
  await settles(world, undefined);
});

it('a write that was written down before its node was killed is made', async () => {
  const world = await two();
  world.set(0, 'a', true);
  await world.until(0, 'before commit');
  world.crash(0);
  expect((await world.cluster()).get('a')).toBe(false);
  await settles(world, true);
});

it('a value that was put here before the node was killed is not taken for a change of its user', async () => {
  const world = await two();
  await world.direct('a', true);
  await world.until(1, 'after put here');
  expect(world.nodes[1]!.local!.get('a')).toBe(true);
  world.crash(1);
  await world.direct('a', undefined);
  await settles(world, undefined);
});

it.each([true, undefined])('a value that is set back while its pull is not noted is told, from %s', async (before) => {
  const world = worldOf({ nodes: 2, local: [{ x: true, ...(before === undefined ? {} : { a: before }) }] });
  await world.heal();
  await world.direct('a', false);
  await world.until(1, 'after put here');
  world.crash(1);
  world.set(1, 'a', before);
  await world.heal();
  await expectAgreement(world);
  expect(world.nodes[1]!.events.filter(({ type }) => type === 'conflict')).toEqual([
    { type: 'conflict', gate: 'a', local: before, cluster: false, kept: 'cluster', uncertain: true },
  ]);
});

it('a value that could not be put here was not set back', async () => {
  const world = await two();
  await world.direct('a', true);
  world.nodes[1]!.nextWriteFails = true;
  await world.finish(1);
  await settles(world, true);
  expect(world.nodes[1]!.events.filter(({ type }) => type === 'conflict')).toEqual([]);
});

it('a commit that arrives late does not win over what its own user set since', async () => {
  const world = await two();
  world.nodes[0]!.nextCommit = 'delayed';
  world.set(0, 'a', true);
  await world.finish(0);
  world.set(0, 'a', false);
  await world.finish(0);
  await world.arrive();
  expect((await world.cluster()).get('a')).toBe(true);
  await settles(world, false);
});

it('of two commits on their way for one gate only one arrives', async () => {
  const world = await two();
  world.nodes[0]!.nextCommit = 'delayed';
  world.set(0, 'a', true);
  await world.finish(0);
  world.set(0, 'a', undefined);
  await world.finish(0);
  expect((await world.cluster()).get('a')).toBeUndefined();
  await world.arrive();
  expect(world.counts.late).toBe(0);
  await settles(world, undefined);
});

it('what a user sets is not taken for something that was about to be put there and was not', async () => {
  const world = await two();
  world.set(1, 'b', false);
  await world.heal();
  await world.direct('a', true);
  await world.direct('b', true);
  // it has written down that it is about to put both here
  await world.until(0, 'before put here');
  world.set(0, 'b', undefined);
  // it finds b changed, and puts neither here
  await world.until(0, 'before look here');
  world.set(0, 'a', true);
  await world.direct('a', undefined);
  await settles(world, true);
});

it('a store that is always quicker is left for a while, and that is told', async () => {
  const world = await two();
  world.set(0, 'a', true);
  await world.step(0);
  // somebody else writes before every commit
  for (let n = 0; world.nodes[0]!.life!.running; n++) {
    await world.direct('a', n % 2 === 0 ? undefined : false);
    await world.step(0);
  }
  const { pending, errors } = world.nodes[0]!.life!.last as SyncReport;
  expect(pending).toEqual(['a']);
  expect(errors.get('a')).toMatchObject({ code: 'CONFLICT' });
  await settles(world, true);
});
