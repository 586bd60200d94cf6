import { FlagError } from '@flagwright/core';
import { gatesNow } from '../feature/gates-from.ts';
import { enableHint } from '../feature/hint.ts';
import { defaultOf, forgetDefault } from './default-command.ts';
import type { CommandLike, Gating } from './types.ts';

/** Options of `gateCommand`. */
export interface CommandGating<N extends string> extends Gating<N> {
  /** What is said instead of `unknown command`, before the hint. */
  readonly message?: string | undefined;
  /** The command stays though its gate is closed: of a feature that is enabled already. */
  readonly visible?: boolean | undefined;
}

/**
 * Puts a command of commander behind a gate, with all commands under it. Closed: it is in no help and no suggestion, and
 * whoever calls it is told that it is unknown and how to enable it (`commander.unknownCommand`). Open: nothing changes.
 *
 * The gate is read here, once. Returns the command, so that the rest of it may follow. Throws
 * `FlagError('NOT_FOUND')` for a gate that is not declared, and `FlagError('INVALID_ARGUMENT')` for a command that was
 * not added to another.
 */
export function gateCommand<C extends CommandLike, N extends string>(command: C, gating: CommandGating<N>): C {
  const gates = gatesNow(gating.gates);
  const { enabled, stage } = gates.state(gating.gate);
  const { parent } = command;
  if (parent === null) {
    const found = `the command ${command.name()} belongs to none yet`;
    throw new FlagError('INVALID_ARGUMENT', `${found}; add it with addCommand, and then gate it`);
  }
  if (enabled || gating.visible === true) {
    if (stage === 'ga' || !enabled) return command;
    parent.hook('preSubcommand', (_, called) => {
      // what is deprecated warns when it is used
      if (called === command) gates.enabled(gating.gate);
    });
    return command;
  }
  const refuse = (): never => {
    const names = [command.name(), ...command.aliases()];
    const typed = parent.args.find((word) => names.includes(word)) ?? command.name();
    const what = gating.message ?? `unknown command '${typed}'`;
    const hint = enableHint(gates, gating.gate, gating.hint);
    return parent.error(`error: ${what}\n${hint}`, { code: 'commander.unknownCommand' });
  };
  hide(command, parent);
  parent.hook('preSubcommand', (_, called) => {
    if (called === command) refuse();
  });
  // `help <command>` asks the command itself
  command.outputHelp = refuse;
  return command;
}

/**
 * Takes a command out of the help and the suggestions of its parent, for which commander has a word only when it is
 * added. It is no longer what is called if no command is named.
 */
function hide(command: CommandLike, parent: CommandLike): void {
  const commands = parent.commands as CommandLike[];
  commands.splice(commands.indexOf(command), 1);
  parent.addCommand(command, { hidden: true });
  if (defaultOf(parent) === command.name()) forgetDefault(parent);
}
