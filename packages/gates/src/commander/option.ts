import { gatesNow } from '../feature/gates-from.ts';
import { enableHint } from '../feature/hint.ts';
import { closeOption } from './closed-options.ts';
import type { CommandLike, Gating, OptionLike } from './types.ts';

/**
 * Adds an option to a command of commander, behind a gate. Closed: it is in no help and no suggestion, is not read from
 * its variable, is not implied by others, has its default, and whoever gives it is told that it is unknown and how to
 * enable it (`commander.unknownOption`), also where unknown options are allowed. Open: as `addOption`.
 *
 * The gate is read here, once. Returns the command. Throws `FlagError('NOT_FOUND')` for a gate that is not declared.
 */
export function gateOption<C extends CommandLike, N extends string>(
  command: C,
  option: OptionLike,
  gating: Gating<N>,
): C {
  const gates = gatesNow(gating.gates);
  const { enabled, stage } = gates.state(gating.gate);
  // also if it is closed: so flags clash, and defaults are filled in, as if it was open
  command.addOption(option);
  if (!enabled) {
    closeOption(command, option, (flag) => {
      const hint = enableHint(gates, gating.gate, gating.hint);
      command.error(`error: unknown option '${flag}'\n${hint}`, { code: 'commander.unknownOption' });
    });
  } else if (stage !== 'ga') {
    // what is deprecated warns when it is used
    const use = (): void => void gates.enabled(gating.gate);
    command.on(`option:${option.name()}`, use).on(`optionEnv:${option.name()}`, use);
  }
  return command;
}
