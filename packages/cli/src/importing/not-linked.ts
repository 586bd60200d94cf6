import { CommandError, EXIT } from '../errors/command-error.ts';
import { commandLine, type Given } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';

/** That a project is not linked to a stage, and what to do about it. */
export function notLinked(project: string, stage: string, given?: Given): CommandError {
  const where = `--project ${shellWord(project)}`;
  return new CommandError(
    EXIT.notFound,
    `stage ${JSON.stringify(stage)} is not linked to project ${JSON.stringify(project)}`,
    [
      `Run '${commandLine(given, `link stage ${shellWord(stage)} ${where}`)}' to link it`,
      `Run '${commandLine(given, `get stages ${where}`)}' to list linked stages`,
    ],
  );
}
