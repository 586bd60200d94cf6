import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, newContext, type Sink } from '@flagwright/core';
import { fileSource } from '@flagwright/sources/file';
import { analytics } from '@flagwright/telemetry';
import { experimentChart, formatExperiment, readExperiment } from '@flagwright/telemetry/experiment';
import { fileExporter } from '@flagwright/telemetry/exporters';
import { randomNumbers, type Visitor, visitors } from './simulate.ts';

// Three variants of equal weight. What users then do is tracked; the events go to a file, and say afterwards which
// variant did best, and whether the numbers can be trusted at all.

const folder = await mkdtemp(join(tmpdir(), 'flagwright-ab-testing-'));

/** The page of the shop: shows the button, and tells analytics that it did. */
function renderButton(client: Client): string {
  const evaluation = client.details('checkout-button-color');
  const buttonColor = (evaluation.value as string | undefined) ?? 'blue';
  if (evaluation.inExperiment)
    client.track('checkout-button-view', { variant: evaluation.variationIndex, color: buttonColor });
  return buttonColor;
}

interface Simulation {
  readonly events: string;
  /** How likely a visitor buys who sees this button. */
  buys(visitor: Visitor, color: string): number;
  /** Whether the page fails before anything of it is heard. */
  fails?(visitor: Visitor, color: string): boolean;
  /** Told of what is sent, besides the file. */
  readonly sink?: Sink;
}

/** 20,000 visitors of the shop. Their time is simulated; flags, client, events and file are real. */
async function simulate({ events, buys, fails = () => false, sink = () => {} }: Simulation): Promise<void> {
  const sent = analytics({ exporters: [fileExporter({ path: events })] });
  const random = randomNumbers(2026);
  let visitor: Visitor | undefined;
  const heard: Sink = (record) => {
    const color = record.kind === 'evaluation' ? record.value : record.data.color;
    if (fails(visitor!, String(color))) return;
    sink(record);
    sent(record);
  };
  const client = createClient(fileSource({ path: 'features.yaml' }), {
    sinks: [heard],
    clock: () => visitor?.at ?? Date.now(),
  });
  await client.ready();
  let visits = 0;
  for (visitor of visitors(20_000)) {
    const session = client.withContext(newContext(visitor.key).build());
    const color = renderButton(session);
    if (!fails(visitor, color) && random() < buys(visitor, color)) session.track('purchase', { value: 20 });
    // a real shop has pauses in which events are sent; this one makes them faster than a disk takes them
    if (++visits % 1_000 === 0) await sent.flush();
  }
  await client.close();
  await sent.close();
}

const question = {
  flag: 'checkout-button-color',
  conversion: 'purchase',
  variants: ['blue', 'green', 'red'],
};

// 1. An experiment that works. Green was made to win: 12.5 % of those who see it buy, and 10 % of the others.

const views = new Map<unknown, number>();
const events = join(folder, 'events.jsonl');
await simulate({
  events,
  buys: (_, color) => (color === 'green' ? 0.125 : 0.1),
  sink(record) {
    if (record.kind !== 'track' || record.event !== 'checkout-button-view') return;
    if (views.size === 0) console.log(`${record.context.targetingKey} sees a ${record.data.color} button`);
    views.set(record.data.color, (views.get(record.data.color) ?? 0) + 1);
  },
});
for (const color of question.variants) console.log(`${color} was seen ${views.get(color)} times`);

const experiment = await readExperiment(events, question);
console.log(`\n${formatExperiment(experiment)}`);
const chart = join(folder, 'checkout-button-color.svg');
await writeFile(chart, experimentChart(experiment));
console.log(`events: ${events}\nchart:  ${chart}`);

// 2. One that does not. No colour matters here, but the page with the red button fails in old browsers, and is not heard
// of. Those left with red are the ones who buy more anyway: red looks best, and only the split tells that it is not.

const broken = join(folder, 'broken.jsonl');
await simulate({
  events: broken,
  buys: ({ oldBrowser }) => (oldBrowser ? 0.03 : 0.12),
  fails: ({ oldBrowser }, color) => oldBrowser && color === 'red',
});
console.log(`\nThe page with the red button fails in old browsers:\n`);
console.log(formatExperiment(await readExperiment(broken, question)).trimEnd());
