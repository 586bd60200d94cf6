import { afterEach, expect, it, vi } from 'vitest';

// Two clocks that are set by hand: the process is interrupted where a test says so.
async function clocks() {
  vi.resetModules();
  const state = { steady: 1_000, wall: 1_700_000_000_000, interruptions: [] as number[] };
  vi.spyOn(performance, 'now').mockImplementation(() => state.steady);
  vi.spyOn(Date, 'now').mockImplementation(() => {
    pass(state.interruptions.shift() ?? 0);
    return state.wall;
  });
  function pass(ms: number): void {
    state.steady += ms;
    state.wall += ms;
  }
  const { wallTime } = await import('../src/wall-time.ts');
  return { state, pass, wallTime };
}

afterEach(() => vi.restoreAllMocks());

it('is the wall clock', async () => {
  const { state, pass, wallTime } = await clocks();
  for (let i = 0; i < 5; i++) {
    expect(wallTime()).toBe(state.wall);
    pass(700);
  }
});

it('is not ahead of it when the process was interrupted between two readings', async () => {
  const { state, wallTime } = await clocks();
  const started = performance.now();
  state.interruptions = [40, 30];
  expect(wallTime(started)).toBe(state.wall - 70);
  expect(wallTime()).toBe(state.wall);
});

it('takes the closest pair when each was interrupted', async () => {
  const { state, wallTime } = await clocks();
  state.interruptions = [40, 3, 9];
  wallTime();
  expect(wallTime() - state.wall).toBe(3);
});

it('does not go back for the error of a reading, and does when the clock was set', async () => {
  const { state, pass, wallTime } = await clocks();
  let last = wallTime();
  for (let i = 0; i < 20; i++) {
    pass(1_000);
    state.wall += i % 2 === 0 ? -1 : 1;
    const next = wallTime();
    expect(next - last).toBe(1_000);
    last = next;
  }
  state.wall -= 60_000;
  pass(1_000);
  expect(wallTime()).toBe(state.wall);
});
