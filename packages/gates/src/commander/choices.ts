import {
  allowedChoices,
  type ChoiceGates,
  type Choices,
  checkDefault,
  choiceNote,
  sortChoices,
} from '../feature/choices.ts';
import { type Declared, type GatesFrom, gatesNow } from '../feature/gates-from.ts';
import { enableHint, type HintOf } from '../feature/hint.ts';
import type { ChoiceTaker } from './types.ts';

/** Options of `gateChoices`. */
export interface ChoicesGating<N extends string> {
  readonly gates: GatesFrom<N>;
  /** The gate of each gated value. It may have more values than this option, so that several can share it. */
  readonly by: ChoiceGates<Declared<N>>;
  /** Tell of closed values in the help, with their gates. Default: false. */
  readonly showGated?: boolean | undefined;
  /** How this program opens gates, for the hint. Default: `--feature-gates` and the variable. */
  readonly hint?: HintOf | undefined;
}

/**
 * Gives choices to an option or an argument of commander, some of them behind gates. A closed one is not in the help,
 * and refused as every other wrong value (`commander.invalidArgument`), with the hint how to enable it. All open: as
 * `choices`.
 *
 * The gates are read here, once. Returns what it was given. Throws `FlagError('NOT_FOUND')` for a gate that is not
 * declared, and `FlagError('INVALID_ARGUMENT')` if what is given by default is closed.
 */
export function gateChoices<T extends ChoiceTaker, N extends string>(
  taker: T,
  values: readonly string[],
  { gates: from, by, showGated = false, hint }: ChoicesGating<N>,
): T {
  const gates = gatesNow(from);
  const choices = sortChoices(gates, values, by);
  checkDefault(taker.name(), taker.defaultValue, choices);
  taker.choices(choices.open);
  const note = showGated ? choiceNote(choices) : '';
  if (note !== '') taker.description = `${taker.description} (${note})`.trimStart();
  const parse = parserOf(taker, choices);
  taker.argParser((value, previous) => {
    const gate = choices.closed.get(value);
    if (gate === undefined) {
      // what is deprecated warns when it is used
      if (Object.hasOwn(by, value) && gates.state(by[value]!).stage !== 'ga') gates.enabled(by[value]!);
      return parse(value, previous);
    }
    try {
      return parse(value, previous);
    } catch (thrown) {
      // the error is commander's own, so that it is told as every other wrong value
      if (thrown instanceof Error) thrown.message += `\n${enableHint(gates, gate, hint)}`;
      throw thrown;
    }
  });
  return taker;
}

type Parse = NonNullable<ChoiceTaker['parseArg']>;

/** As commander reads one of several choices; it shows an empty list of them where there is none. */
function parserOf(taker: ChoiceTaker, choices: Choices<string>): Parse {
  const parse = taker.parseArg!;
  if (choices.open.length > 0) return parse;
  taker.argChoices = undefined;
  return (value, previous) => {
    taker.argChoices = [];
    try {
      return parse(value, previous);
    } catch (thrown) {
      if (thrown instanceof Error) thrown.message = allowedChoices(choices);
      throw thrown;
    } finally {
      taker.argChoices = undefined;
    }
  };
}
