import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packedProject } from '../support/packed-project.ts';
import { ROOT } from '../support/workspace.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The fenced block of the README that has this info string. */
function block(info: string): string {
  const found = new RegExp(`\`\`\`${info}\\n([^]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`README.md has no block "${info}"`);
  return found;
}

/** Starts the app, edits its flag file once it has answered, and tells how long its next answer took. */
const DRIVER = `
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
const app = spawn(process.execPath, [process.argv[2]], { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
const answers = (n) => new Promise((resolve) => {
  const look = () => { if (text.split('flagKey').length > n) { app.stdout.off('data', look); resolve(text); } };
  app.stdout.on('data', look);
  look();
});
app.stdout.on('data', (chunk) => { text += chunk; });
await answers(1);
const first = text;
const times = [];
for (let i = 0; i < 5; i++) {
  await new Promise((resolve) => setTimeout(resolve, 150));
  const yaml = readFileSync('features.yaml', 'utf8');
  const n = text.split('flagKey').length;
  const started = performance.now();
  writeFileSync('features.yaml', i % 2 === 0 ? yaml.replace('80000', '0').replace('20000', '100000') : yaml.replace('weight: 0 ', 'weight: 80000 ').replace('100000', '20000'));
  await answers(n);
  times.push(Math.round(performance.now() - started));
}
app.kill();
console.log(JSON.stringify({ first, last: text.slice(text.lastIndexOf('value:')), times: times.sort((a, b) => a - b) }));
`;

describe("the README's app, from a packed install", () => {
  it.each([
    [20, 'app.mjs'],
    [24, 'app.ts'],
  ] as const)('Node %i runs %s, which follows an edit of its file', async (node, file) => {
    const project = await packedProject();
    project.write('features.yaml', block('yaml flags'));
    project.write(file, block('ts app'));
    project.write('drive.mjs', DRIVER);
    const { code, stdout, stderr } = await project.run(node, 'drive.mjs', [file]);
    expect(code, stderr).toBe(0);
    const { first, last, times } = JSON.parse(stdout) as { first: string; last: string; times: number[] };
    expect(first).toMatch(/value: (true|false)/);
    expect(first).toMatch(/reason: 'SPLIT'/);
    expect(last).toMatch(/value: true/);
    // what it took is told, not asserted tightly: a machine may be busy
    console.log(`an edit was followed within ${times.join(', ')} ms under Node ${node}`);
    expect(times[0]).toBeLessThan(5_000);
  });
});
