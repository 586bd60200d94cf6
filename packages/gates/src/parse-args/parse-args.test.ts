import { parseArgs } from 'node:util';
import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { closed, declareGates, HINT, type Names, open } from '../../test/run-commander.ts';
import { type Gates, layer, liveGates } from '../index.ts';
import { openArgs, parseGatedArgs } from './index.ts';

const CONFIG = {
  options: {
    token: { type: 'string', short: 't', default: 'none' },
    role: { type: 'string', short: 'r', multiple: true },
    verbose: { type: 'boolean', short: 'v' },
    colour: { type: 'boolean', default: true },
  },
  allowPositionals: true,
  allowNegative: true,
} as const;

const GATING = {
  options: { token: 'MultiRegion', colour: 'MultiRegion' },
  choices: { role: { values: ['control', 'region'], by: { region: 'MultiRegion', axolotl: 'axolotl-mode' } } },
  commands: { region: 'MultiRegion', 'cluster add-region': 'MultiRegion' },
  onlyWith: { token: { role: ['region'] } },
} as const;

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

/** What is parsed, or why not. */
function parsed(gates: Gates<Names>, line: string): unknown {
  try {
    const { values, positionals } = parseGatedArgs({ ...CONFIG, args: words(line) }, { ...GATING, gates });
    return { ...values, positionals };
  } catch (thrown) {
    if (!(thrown instanceof FlagError)) return (thrown as { code: string }).code;
    return `${thrown.code}: ${thrown.message}`;
  }
}

const unknown = (what: string): string => `INVALID_ARGUMENT: Unknown ${what}\n${HINT}`;

describe('closed', () => {
  it.each([
    ['--token x', "option '--token'"],
    ['--token=x', "option '--token'"],
    ['--token', "option '--token'"],
    ['-t x', "option '-t'"],
    ['-tx', "option '-t'"],
    ['-vtx', "option '-t'"],
    ['north --token x --bogus', "option '--token'"],
    ['--no-colour', "option '--no-colour'"],
    ['region', "command 'region'"],
    ['region --help', "command 'region'"],
    ['-v region add north', "command 'region'"],
    ['-- region', "command 'region'"],
    ['cluster add-region north', "command 'cluster add-region'"],
  ])('%s is refused', (line, what) => {
    expect(parsed(closed, line)).toBe(unknown(what));
  });

  it('the values of options are refused as other wrong ones, with the hint', () => {
    const wrong = (value: string) =>
      `INVALID_ARGUMENT: Option '--role' argument "${value}" is invalid. Allowed choices are control.`;
    expect(parsed(closed, '--role region')).toBe(`${wrong('region')}\n${HINT}`);
    expect(parsed(closed, '-r control -r region')).toBe(`${wrong('region')}\n${HINT}`);
    expect(parsed(closed, '--role nonsense')).toBe(wrong('nonsense'));
    expect(parsed(closed, '--role constructor')).toBe(wrong('constructor'));
  });

  it('what is open works, and defaults stand', () => {
    expect(parsed(closed, '-v --role control cluster list')).toEqual({
      token: 'none',
      colour: true,
      verbose: true,
      role: ['control'],
      positionals: ['cluster', 'list'],
    });
    expect(parsed(closed, 'list region')).toMatchObject({ positionals: ['list', 'region'] });
    expect(parsed(closed, '-- --token')).toMatchObject({ token: 'none', positionals: ['--token'] });
  });

  it.each([
    [['--role'], "Option '--role' has no argument. Allowed choices are a."],
    [['--role=a', '--role'], "Option '--role' has no argument. Allowed choices are a."],
    [['--site'], "Option '--site' has no argument. There is nothing to choose from."],
    [['--site=region'], `Option '--site' argument "region" is invalid. There is nothing to choose from.\n${HINT}`],
  ])('where parseArgs is not strict, no value is no choice: %j', (args, message) => {
    const options = { role: { type: 'string', multiple: true }, site: { type: 'string' } } as const;
    const choices = { role: { values: ['a'] }, site: { values: ['region'], by: { region: 'MultiRegion' } } } as const;
    const parse = (given: string[]) =>
      parseGatedArgs({ options, strict: false, args: given }, { gates: closed, choices });
    expect(() => parse(args)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
    expect(parse(['--role=a']).values).toEqual({ role: ['a'] });
  });

  it('refuses also where parseArgs is not strict', () => {
    const loose = { ...CONFIG, strict: false, args: ['--bogus', '--token', 'x'] } as const;
    expect(() => parseGatedArgs(loose, { ...GATING, gates: closed })).toThrow(`Unknown option '--token'\n${HINT}`);
  });

  it('the cause is what parseArgs says of an option it does not know', () => {
    const refused = (): unknown => parseGatedArgs({ ...CONFIG, args: ['-t'] }, { ...GATING, gates: closed });
    const cause = { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION', message: "Unknown option '-t'" };
    expect(refused).toThrow(expect.objectContaining({ cause: expect.objectContaining(cause) }));
  });

  it('other mistakes are told by parseArgs', () => {
    expect(parsed(closed, '--bogus')).toBe('ERR_PARSE_ARGS_UNKNOWN_OPTION');
    expect(parsed(closed, '--role')).toBe('ERR_PARSE_ARGS_INVALID_OPTION_VALUE');
  });

  it('a default may not be', () => {
    const config = { options: { role: { type: 'string', default: 'region' } }, args: [] } as const;
    const parse = (gates: Gates<Names>) => () => parseGatedArgs(config, { gates, choices: GATING.choices });
    expect(parse(closed)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(parse(open)).not.toThrow();
  });

  it('the help is written from what is open', () => {
    const now = openArgs({ ...GATING, gates: closed });
    expect([...now.closedOptions]).toEqual([
      ['token', 'MultiRegion'],
      ['colour', 'MultiRegion'],
    ]);
    expect([...now.closedCommands.keys()]).toEqual(['region', 'cluster add-region']);
    expect(now.choices.get('role')).toEqual({ open: ['control'], closed: new Map([['region', 'MultiRegion']]) });
    const then = openArgs({ ...GATING, gates: open });
    expect([then.closedOptions.size, then.closedCommands.size]).toEqual([0, 0]);
    expect(then.choices.get('role')?.open).toEqual(['control', 'region']);
  });
});

describe('open', () => {
  it('an option only with a value of another', () => {
    const wrong = "INVALID_ARGUMENT: Option '--token' cannot be used without '--role region'";
    expect(parsed(open, '--token x')).toBe(wrong);
    expect(parsed(open, '--token x --role control')).toBe(wrong);
    expect(parsed(open, '--token x -r control -r region')).toMatchObject({ token: 'x' });
    expect(parsed(open, '-r region')).toMatchObject({ token: 'none' });
  });

  it('is parseArgs, with its types', () => {
    const { onlyWith: _, choices: __, ...gating } = GATING;
    const line = fc.array(
      fc.constantFrom(
        '--token',
        '--token=x',
        '-t',
        '-vtx',
        '--no-colour',
        '--role',
        'region',
        '--bogus',
        '--',
        'a',
        '-v',
      ),
      { maxLength: 5 },
    );
    const outcome = (parse: () => unknown): unknown => {
      try {
        return parse();
      } catch (thrown) {
        return (thrown as Error).message;
      }
    };
    const ga = declareGates('ga');
    fc.assert(
      fc.property(line, (args) => {
        const plain = outcome(() => parseArgs({ ...CONFIG, args }));
        expect(outcome(() => parseGatedArgs({ ...CONFIG, args }, { ...gating, gates: open }))).toEqual(plain);
        expect(outcome(() => parseGatedArgs({ ...CONFIG, args }, { ...gating, gates: ga }))).toEqual(plain);
      }),
    );
    const { values, positionals } = parseGatedArgs({ ...CONFIG, args: [] }, { ...gating, gates: open });
    expectTypeOf(values.token).toEqualTypeOf<string>();
    expectTypeOf(values.role).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(positionals).toEqualTypeOf<string[]>();
  });

  it('reads the command line of the process if it is given none', () => {
    const { options } = CONFIG;
    expect(parseGatedArgs({ options, strict: false }, { gates: open })).toEqual(parseArgs({ options, strict: false }));
  });
});

it('gates are read at each call', () => {
  const live = liveGates(closed);
  const parse = () => parseGatedArgs({ ...CONFIG, args: ['region'] }, { gates: () => live, commands: GATING.commands });
  expect(parse).toThrow(FlagError);
  live.apply(layer('cluster', { MultiRegion: true }));
  expect(parse().positionals).toEqual(['region']);
});

it('names of gates and options are checked', () => {
  const parse = (gating: object) => () => parseGatedArgs({ ...CONFIG, args: [] }, { gates: open, ...gating });
  const wrong = expect.objectContaining({
    code: 'NOT_FOUND',
    message: expect.stringContaining('Did you mean MultiRegion?'),
  });
  expect(parse({ options: { token: 'MultiRegoin' } })).toThrow(wrong);
  expect(parse({ commands: { x: 'MultiRegoin' } })).toThrow(wrong);
  expect(parse({ choices: { role: { values: [], by: { x: 'MultiRegoin' } } } })).toThrow(wrong);
  // @ts-expect-error no such gate
  expect(() => parseGatedArgs({ ...CONFIG, args: [] }, { gates: open, commands: { x: 'nope' } })).toThrow();
  // @ts-expect-error no such option
  parseGatedArgs({ ...CONFIG, args: [] }, { gates: open, options: { nope: 'MultiRegion' } });
});

it('what is deprecated warns when it is used, not when it is there', () => {
  const warned = (line: string): readonly string[] => {
    const warnings: string[] = [];
    const gates = declareGates('alpha', (message) => warnings.push(message));
    const by = { old: 'old' } as const;
    const choices = { role: { values: ['old', 'new'], by } } as const;
    const gating = { gates, options: { verbose: 'old' }, commands: { old: 'old' }, choices } as const;
    parseGatedArgs({ ...CONFIG, args: words(line) }, gating);
    return warnings;
  };
  expect(warned('new --role new')).toEqual([]);
  for (const line of ['old', '-v', '--role old']) {
    expect(warned(line)).toEqual([
      'feature gate old is deprecated and will be removed in 0.9; use MultiRegion instead',
    ]);
  }
});
