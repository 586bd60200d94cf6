import { launchDarklyResolver } from '../../src/launchdarkly/index.ts';

// Run as a process of its own by exit.test.ts: does it end when it is done?

const [task, url, name = '', startTimeout] = process.argv.slice(2);
const { init } = (await import(/* @vite-ignore */ name)) as typeof import('@launchdarkly/node-server-sdk');

const resolver = launchDarklyResolver({
  client: (given) => init('sdk-key', { baseUri: url!, streamUri: url!, eventsUri: url!, ...given }),
  startTimeout: Number(startTimeout),
  flushTimeout: 200,
});
const say = (word: string) => () => console.log(word);
const told = { ready: say('ready'), changed: say('changed'), stale: say('stale'), error: say('error') };
const code = await resolver.start?.(told).then(
  () => 'started',
  (thrown: { code: string }) => thrown.code,
);
const context = { targetingKey: 'ann' };
console.log(code, (await resolver.resolve('boolean', 'on', false, context)).value);
resolver.track?.('seen', context, {});
if (task === 'stop') await resolver.stop?.();
console.log('done');
