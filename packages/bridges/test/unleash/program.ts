import { unleashResolver } from '../../src/unleash/index.ts';

// Run as a process of its own by process.test.ts: does it end when it is done, and not before?

const [task = '', url = ''] = process.argv.slice(2);
const say = (word: string) => () => console.log(word);
const told = { ready: say('ready'), changed: () => undefined, stale: say('stale'), error: say('error') };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const patient = task === 'leave' ? { refreshInterval: 500 } : { refreshInterval: 50 };
const never = { refreshInterval: 0, sendEvents: false, startTimeout: 100 };
const resolver = unleashResolver({ url, ...(task === 'wait' ? never : patient) });
const refuse = (): Promise<unknown> => fetch(`${url}/refuse-late`);

if (task === 'first') await refuse();
const starting = (resolver.start?.(told) ?? Promise.resolve()).then(
  () => 'started',
  (thrown: { code: string }) => thrown.code,
);
if (task === 'first' || task === 'later') {
  if (task === 'later') {
    await starting;
    await refuse();
  }
  await pause(120);
  await resolver.stop?.();
  console.log(await starting);
  // the request that is under way fails meanwhile
  await pause(400);
} else {
  console.log(await starting);
  console.log((await resolver.resolve('boolean', 'flag', false, {})).value);
  if (task === 'stop') await resolver.stop?.();
}
console.log('done');
