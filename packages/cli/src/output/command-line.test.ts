import { expect, it } from 'vitest';
import { commandLine } from './command-line.ts';

const given = (options: Readonly<Record<string, readonly string[]>>) => ({
  texts: (name: string) => options[name] ?? [],
});

it.each<[options: Readonly<Record<string, readonly string[]>>, shown: string]>([
  [{}, ''],
  [{ project: ['shop'] }, ''],
  [{ context: ['a', 'b'] }, ' --context b'],
  [
    { config: ['my config'], server: ['http://[::1]:80'], context: ["it's"] },
    ` --context "it's" --server "http://[::1]:80" --config "my config"`,
  ],
  [{ context: ['prod', '{"country":"DE"}', '@context.json', '-'] }, ' --context prod'],
  [{ context: ['{}'], 'cli-context': ['prod'] }, ' --context prod'],
])('repeats where %j goes to', (options, shown) => {
  expect(commandLine(given(options), 'close cr-1')).toBe(`flagctl close cr-1${shown}`);
});

it('says nothing more without a command line', () => {
  expect(commandLine(undefined, 'close cr-1')).toBe('flagctl close cr-1');
});
