import { FlagError } from '@flagwright/core';
import { table } from '../table.js';
import { eventsService } from './events-service.js';
import { newOptions } from './options.js';
import { start } from './server.js';

// The life of EventsProxy: one server, as it was in four releases, set by command line, environment and a file.

const service = await eventsService();
const common = ['--port=0', `--events-backend=${service.url}`];

const RUNS: readonly { version: string; argv?: readonly string[]; env?: Readonly<Record<string, string>> }[] = [
  { version: '0.1.0' },
  { version: '0.1.0', argv: ['--feature-gates=EventsProxy=true'] },
  { version: '0.3.0' },
  { version: '0.3.0', env: { APISERVER_FEATURE_GATES: 'EventsProxy=false' } },
  { version: '0.5.0' },
  { version: '0.5.0', argv: ['--feature-gates=EventsProxy=false'] },
  { version: '0.5.0', argv: ['--config=gates.yaml'] },
  { version: '0.7.0', argv: ['--feature-gates=EventsProxy=true'] },
];

const rows: (readonly string[])[] = [['version', 'set by', 'GET /events from', 'GET /nothing']];
const said: string[] = [];
for (const { version, argv = [], env = {} } of RUNS) {
  const set = [...Object.entries(env).map((variable) => variable.join('=')), ...argv].join(' ');
  said.push(`\napiserver ${[version, set].join(' ').trim()}`);
  const options = newOptions((line) => said.push(`  ${line}`), version);
  try {
    const server = await start(options, [...common, ...argv], env);
    const events = (await (await fetch(`${server.url}/events`)).json()) as { from: string };
    const nothing = await fetch(`${server.url}/nothing`);
    rows.push([version, set, events.from, `${nothing.status} ${nothing.headers.get('content-type')}`]);
    await server.close();
  } catch (thrown) {
    rows.push([version, set, 'does not start', '']);
    said.push(
      ...FlagError.from(thrown)
        .message.split('\n')
        .map((line) => `  ${line}`),
    );
  }
}
await service.close();

console.log(table(rows));
console.log(said.join('\n'));
