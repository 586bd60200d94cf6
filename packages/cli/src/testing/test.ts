import { formatIssue } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { jsonText } from '../output/output.ts';
import { styleOf } from '../output/style.ts';
import { isOutputTaken, refuseInputs, refuseOnePlace } from '../report/targets.ts';
import { checkNamedContexts } from '../session/named-context.ts';
import { Coverage } from './coverage.ts';
import { type Broken, type Ran, runTests } from './run.ts';
import { coverageLines, resultLines, resultsValue, suitesOf } from './tell-results.ts';

/** `flagctl test`: runs tables of expectations. Resolves to the exit code; throws `CommandError` for files that did not run. */
export async function test(call: Call): Promise<number> {
  refuseOnePlace(call, REPORTS);
  await checkNamedContexts(call, { isOther: () => false });
  const coverage = new Coverage();
  const named = call.args.length === 0 ? ['.'] : call.args;
  const ran = await runTests(call, named, coverage);
  await refuseInputs(call, REPORTS, ran.read);
  await tell(call, ran, call.has('coverage') ? coverage : undefined);
  const report = call.text('junit');
  if (report !== undefined) {
    const [{ saveReport }, { junitXml }] = await Promise.all([
      import('../report/save.ts'),
      import('../report/junit.ts'),
    ]);
    await saveReport(call.world, report, junitXml('flagctl test', suitesOf(ran)));
  }
  if (ran.broken.length > 0) throw brokenError(ran.broken);
  if (ran.results.length === 0) {
    const filter = call.text('filter');
    throw new CommandError(
      EXIT.notFound,
      filter === undefined
        ? `there are no tests in ${named.join(', ')}`
        : `no test has ${JSON.stringify(filter)} in its file, its name or its flag`,
    );
  }
  return ran.results.some(({ failure }) => failure !== undefined) ? EXIT.failed : EXIT.ok;
}

/** The options that write reports. */
const REPORTS: readonly string[] = ['junit'];

const MOST_ISSUES = 20;

/** What is said of files that did not run. */
function brokenError(broken: readonly Broken[]): CommandError {
  const files = new Set(broken.map(({ file }) => file)).size;
  const invalid = broken.every(({ issues }) => issues.length > 0);
  const [first] = broken;
  if (broken.length === 1 && !invalid) return new CommandError(first!.exit, namedMessage(first!), first!.hints);
  const lines = broken.flatMap((one) => (one.issues.length > 0 ? one.issues.map(formatIssue) : [namedMessage(one)]));
  const what = files === 1 ? '1 file of tests' : `${files} files of tests`;
  const message = invalid ? `${what} ${files === 1 ? 'is' : 'are'} not valid` : `${what} did not run`;
  const more = lines.length > MOST_ISSUES ? [`and ${lines.length - MOST_ISSUES} more`] : [];
  // what is not valid is the graver
  const exit = broken.find((one) => one.exit === EXIT.invalid)?.exit ?? first!.exit;
  return new CommandError(exit, message, [...lines.slice(0, MOST_ISSUES), ...more]);
}

/** With the name of the file, which a message about the file itself has already. */
const namedMessage = ({ file, message }: Broken): string =>
  message.endsWith(` ${file}`) || message.startsWith(`${file} `) ? message : `${file}: ${message}`;

async function tell(call: Call, ran: Ran, coverage: Coverage | undefined): Promise<void> {
  const uncovered = await coverage?.uncovered(call.world.now());
  const isTaken = isOutputTaken(call, REPORTS);
  const say = (text: string): void | Promise<void> => (isTaken ? call.world.err(text) : call.world.out(text));
  switch (isTaken ? 'table' : call.text('output')) {
    case 'json':
      return await call.world.out(jsonText(resultsValue(ran, uncovered)));
    case 'yaml': {
      const { valueToYaml } = await import('@flagwright/core/text');
      // members that are undefined are none of YAML
      return await call.world.out(valueToYaml(JSON.parse(JSON.stringify(resultsValue(ran, uncovered)))));
    }
    case 'junit': {
      const { junitXml } = await import('../report/junit.ts');
      return await call.world.out(junitXml('flagctl test', suitesOf(ran)));
    }
    default:
      await say(resultLines(ran, styleOf(call, isTaken ? 'err' : 'out'), call.has('plain')));
      if (uncovered !== undefined) await say(`\n${coverageLines(uncovered)}`);
  }
}
