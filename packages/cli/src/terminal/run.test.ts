import { expect, it } from 'vitest';
import { runProgram } from './run.ts';

const LASTING = 'setInterval(() => undefined, 1e3)';
const DEAF = `process.on('SIGTERM', () => undefined); ${LASTING}`;

it('tells the exit code, and the signal that ended it', async () => {
  expect(await runProgram(process.execPath, ['-e', 'process.exit(7)'])).toBe(7);
  expect(await runProgram(process.execPath, ['-e', `process.kill(process.pid, 'SIGINT'); ${LASTING}`])).toBe(130);
});

it('is ended with what runs it, and leaves nobody behind to listen', async () => {
  const before = process.listenerCount('SIGTERM');
  const ended = runProgram(process.execPath, ['-e', LASTING]);
  process.emit('SIGTERM');
  expect(await ended).toBe(143);
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

it('does not outlast a second signal', async () => {
  const ended = runProgram(process.execPath, ['-e', DEAF]);
  process.emit('SIGTERM');
  process.emit('SIGTERM');
  expect(await ended).toBeGreaterThan(128);
});
