import { once } from 'node:events';
import process from 'node:process';
import { fileSource } from '@flagwright/sources/file';
import { redisStore } from '@flagwright/sources/redis';
import { NAMESPACE, startApp } from './app.js';
import { answerOf, graphOf, watchedBy } from './prometheus.js';
import { spanText, traceOneRequest } from './spans.js';
import { simulateUsers } from './users.js';

// An app that shows what its flags do: metrics, health and spans. Prometheus reads it, if there is one.
//
// PORT: where it listens. EXAMPLE_SECONDS: it ends by itself after so long, and shows what there is to see; otherwise it
// ends on Ctrl-C. EXAMPLE_PROMETHEUS=off: somebody else's Prometheus reads it.

const { PORT, EXAMPLE_SECONDS = process.env.CI === undefined ? undefined : '10', EXAMPLE_PROMETHEUS } = process.env;

const { flags = {} } = (await fileSource({ path: 'features.yaml' }).read()).document;
const store = redisStore({ url: process.env.FEATURE_REDIS_URL, project: 'examples' });
await store.commit(Object.entries(flags).map(([key, next]) => ({ key, next })));
await store.close?.();

const app = await startApp(PORT === undefined ? undefined : Number(PORT));
const over = new AbortController();
const users = simulateUsers(over.signal);

const url = `http://127.0.0.1:${app.port}`;
console.log(`metrics     ${url}/metrics`);
console.log(`health      ${url}/health`);

const MOST_EVALUATED = `topk(10, sum(rate(${NAMESPACE}_evaluation_total[5s])) by (flag_key))`;
const prometheus = EXAMPLE_PROMETHEUS === 'off' ? undefined : await watchedBy(app.port);
if (prometheus !== undefined) {
  console.log(`Prometheus  ${graphOf(prometheus, MOST_EVALUATED)}`);
  console.log(`alerts      ${prometheus.url}/alerts`);
}

console.log(`\none request, traced:\n${(await traceOneRequest()).map(spanText).join('\n')}`);

if (EXAMPLE_SECONDS === undefined) {
  console.log('\nCtrl-C ends it');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} else {
  await new Promise((resolve) => setTimeout(resolve, Number(EXAMPLE_SECONDS) * 1_000));
  await show('metrics', (text) => text.split('\n').filter((line) => !/^#|_bucket|^$/.test(line)));
  await show('health', (text) => [JSON.stringify(JSON.parse(text), null, 2)]);
  if (prometheus !== undefined) {
    console.log(`\nPrometheus: ${MOST_EVALUATED}\n${await answerOf(prometheus, MOST_EVALUATED)}`);
  }
}

over.abort();
await users;
await prometheus?.stop();
await app.close();

async function show(path: string, lines: (text: string) => readonly string[]): Promise<void> {
  const answer = await fetch(`${url}/${path}`);
  console.log(`\ncurl ${url}/${path}\n${lines(await answer.text()).join('\n')}`);
}
