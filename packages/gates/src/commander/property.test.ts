import { Command, Option } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Build, closed, type Names, type Outcome, open, run } from '../../test/run-commander.ts';
import type { Gates } from '../index.ts';
import { gateChoices, gateCommand, gateOption } from './index.ts';

// A program with gates is, while they are closed, one that was never written to have what is behind them, but for what
// it says to whoever asks for just that; and while they are open, one that was written without gates.

interface OptionModel {
  readonly flag: string;
  readonly kind: 'boolean' | 'required' | 'optional' | 'choices';
  readonly gated: boolean;
}

interface CommandModel {
  readonly name: string;
  readonly gated: boolean;
  readonly options: readonly OptionModel[];
  readonly commands: readonly CommandModel[];
  readonly acts: boolean;
}

const FLAGS = ['-a, --alpha', '-b, --beta', '--gamma', '-d, --delta'];
const NAMES = ['one', 'two', 'three'];
const CHOICES = ['red', 'blue'];
const SECRET = 'gold';

const flags = { '-a, --alpha': '--alpha', '-b, --beta': '--beta', '--gamma': '--gamma', '-d, --delta': '--delta' };

const optionModel = fc.record({
  flag: fc.constantFrom(...FLAGS),
  kind: fc.constantFrom('boolean', 'required', 'optional', 'choices'),
  gated: fc.boolean(),
}) as fc.Arbitrary<OptionModel>;

const distinct = <T>(arbitrary: fc.Arbitrary<T>, selector: (value: T) => string): fc.Arbitrary<T[]> =>
  fc.uniqueArray(arbitrary, { selector, maxLength: 3 });

/** A gated command has one beside it that is not: without one, commander still offers its `help`. */
const commandsModel = (depth: number): fc.Arbitrary<CommandModel[]> =>
  depth === 0
    ? fc.constant([])
    : distinct(commandModel(depth), ({ name }) => name).map((commands) =>
        commands.map((command, i) => (i === 0 ? { ...command, gated: false } : command)),
      );

const commandModel = (depth: number): fc.Arbitrary<CommandModel> =>
  fc.record({
    name: fc.constantFrom(...NAMES),
    gated: fc.boolean(),
    options: distinct(optionModel, ({ flag }) => flag),
    commands: commandsModel(depth - 1),
    acts: fc.boolean(),
  });

const words = fc.array(
  fc.constantFrom(
    ...NAMES,
    ...Object.values(flags),
    ...Object.values(flags).map((flag) => `${flag}=x`),
    '-a',
    '-b',
    '-ab',
    '-dred',
    '--gama',
    'tow',
    'help',
    '--help',
    '--',
    'red',
    SECRET,
  ),
  { maxLength: 6 },
);

/** The program of a model: with gates, or, without them, with what is gated or without it. */
function programOf(model: CommandModel, gates: Gates<Names> | 'all' | 'rest'): Build {
  return (program, did) => fill(program, model, gates, did);
}

function fill(
  command: Command,
  model: CommandModel,
  gates: Gates<Names> | 'all' | 'rest',
  did: (what: unknown) => void,
): void {
  for (const { flag, kind, gated } of model.options) {
    if (gated && gates === 'rest') continue;
    const option = new Option(kind === 'boolean' ? flag : kind === 'optional' ? `${flag} [value]` : `${flag} <value>`);
    if (kind === 'choices') {
      if (typeof gates === 'string') option.choices(gates === 'all' ? [...CHOICES, SECRET] : CHOICES);
      else gateChoices(option, [...CHOICES, SECRET], { gates, by: { [SECRET]: 'axolotl-mode' } });
    }
    if (gated && typeof gates !== 'string') gateOption(command, option, { gates, gate: 'MultiRegion' });
    else command.addOption(option);
  }
  for (const child of model.commands) {
    if (child.gated && gates === 'rest') continue;
    const made = command
      .command(child.name)
      .description(`does ${child.name}`)
      .alias(`${child.name[0]}${child.name.length}`);
    fill(made, child, gates, did);
    if (child.gated && typeof gates !== 'string') gateCommand(made, { gates, gate: 'MultiRegion' });
  }
  if (model.acts) {
    command.argument('[args...]').action((args, options) => did([command.name(), args, { ...options }]));
  }
}

/** The help of a program and of all its commands that are seen. */
function helpOf(build: Build): readonly string[] {
  const program = new Command('sunbeam');
  build(program, () => {});
  const visit = (command: Command): readonly string[] => [
    command.helpInformation(),
    ...command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .flatMap(visit),
  ];
  return visit(program);
}

const ofGate = ({ err }: Outcome): boolean => err.includes('feature gate');

describe('a program with gates', () => {
  it('that are open, is as without gates', () => {
    fc.assert(
      fc.property(commandModel(2), words, (model, line) => {
        expect(run(programOf(model, open), line)).toEqual(run(programOf(model, 'all'), line));
        expect(helpOf(programOf(model, open))).toEqual(helpOf(programOf(model, 'all')));
      }),
      { numRuns: 200 },
    );
  });

  it('that are closed, is as without what is behind them, or tells how to open them', () => {
    let [told, same] = [0, 0];
    fc.assert(
      fc.property(commandModel(2), words, (model, line) => {
        const outcome = run(programOf(model, closed), line);
        expect(helpOf(programOf(model, closed))).toEqual(helpOf(programOf(model, 'rest')));
        if (ofGate(outcome)) {
          told++;
          expect(outcome).toMatchObject({ ran: [], out: '', exitCode: 1 });
          return;
        }
        same++;
        expect(outcome).toEqual(run(programOf(model, 'rest'), line));
      }),
      { numRuns: 400 },
    );
    // neither is rare
    expect(Math.min(told, same)).toBeGreaterThan(40);
  });
});
