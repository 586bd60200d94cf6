import { EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { exitOfErrors } from '../local/read-all.ts';
import { jsonText } from '../output/output.ts';
import { styleOf } from '../output/style.ts';
import { junitXml } from '../report/junit.ts';
import { sarifText } from '../report/sarif.ts';
import { saveReport } from '../report/save.ts';
import { isOutputTaken, refuseInputs, refuseOnePlace } from '../report/targets.ts';
import { VERSION } from '../version.generated.ts';
import { CORE_WARNINGS } from './core-warnings.ts';
import { type Linted, lintFiles, lintStages } from './problems.ts';
import { LINT_RULES } from './rules.ts';
import { countsOf, countText, problemsText, rulesForReport, rulesText, suitesOf } from './show.ts';
import { severitiesOf } from './switches.ts';

/** `flagctl lint`. Resolves to the exit code. */
export async function runLint(call: Call): Promise<number> {
  const { world } = call;
  if (call.has('rules')) {
    await world.out(call.text('output') === 'json' ? jsonText(rulesAsData()) : rulesText(styleOf(call)));
    return EXIT.ok;
  }
  refuseOnePlace(call, REPORTS);
  const most = mostWarnings(call.text('max-warnings'));
  const options = { severities: severitiesOf(call), now: world.now() };
  const files = [...call.args, ...call.texts('filename')];
  if (files.length === 0 && call.has('set')) throw new UsageError('--set fills files in, and there are none');
  const linted = files.length > 0 ? await lintFiles(call, files, options) : await lintStages(call, options);
  await refuseInputs(call, REPORTS, linted.files);
  const [errors, warnings] = countsOf(linted.problems);
  const strict = call.has('strict');
  const isStrict = (strict && warnings > 0) || (most !== undefined && warnings > most);
  const failing = linted.problems.filter(({ severity }) => severity === 'error' || isStrict);
  await tell(call, linted, isStrict);
  if (errors === 0 && isStrict) {
    world.err(`warnings fail this: ${strict ? '--strict' : `there are ${warnings}, and --max-warnings is ${most}`}\n`);
  }
  return failing.length > 0 ? exitOfErrors(failing) : EXIT.ok;
}

/** The options that write reports. */
const REPORTS: readonly string[] = ['sarif', 'junit'];

/** Shows what was found, in the form that is asked for, and writes the reports. */
async function tell(call: Call, linted: Linted, strict: boolean): Promise<void> {
  const { world } = call;
  const { problems } = linted;
  const sarif = (): string => sarifText({ name: 'flagctl', version: VERSION }, problems, rulesForReport());
  const junit = (): string => junitXml('flagctl lint', suitesOf(problems, strict));
  const [sarifFile, junitFile] = [call.text('sarif'), call.text('junit')];
  const output = call.text('output') ?? 'table';
  // the standard output is taken
  if (isOutputTaken(call, REPORTS)) world.err(`${countText(linted, styleOf(call, 'err'))}\n`);
  else if (output === 'json') await world.out(jsonText(asData(linted)));
  else if (output === 'sarif') await world.out(sarif());
  else if (output === 'junit') await world.out(junit());
  else await world.out(problemsText(linted, styleOf(call)));
  // after it, for one that cannot be written ends the command
  if (sarifFile !== undefined) await saveReport(world, sarifFile, sarif());
  if (junitFile !== undefined) await saveReport(world, junitFile, junit());
}

function asData({ sets, problems }: Linted): unknown {
  const [errors, warnings] = countsOf(problems);
  return { items: problems, errors, warnings, sets };
}

function rulesAsData(): unknown {
  const own = LINT_RULES.map(({ id, severity, summary, help }) => ({ id, severity, summary, help }));
  const core = Object.entries(CORE_WARNINGS).map(([id, summary]) => ({ id, severity: 'warning', summary }));
  return { items: [...own, ...core] };
}

function mostWarnings(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--max-warnings is ${JSON.stringify(text)}; expected a whole number from 0`);
}
