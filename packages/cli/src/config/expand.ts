import { CommandError, EXIT } from '../errors/command-error.ts';
import type { World } from '../world.ts';

const VARIABLE = /^[A-Za-z_]\w*$/;

/** A text with `${VARIABLE}` replaced by what the variables say. `what` is for the error. Throws `CommandError` for one that is not set. */
export function expanded(text: string, env: World['env'], what: string): string {
  return text.replace(/\$\{([^{}]*)\}/g, (_, name: string) => {
    if (!VARIABLE.test(name)) {
      throw new CommandError(EXIT.invalid, `${what} has a variable without a good name; expected as \${FLAGS_TOKEN}`);
    }
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw new CommandError(EXIT.failed, `${what} needs the variable ${name}, which is not set`, [
      `Set it: 'export ${name}=…'`,
    ]);
  });
}
