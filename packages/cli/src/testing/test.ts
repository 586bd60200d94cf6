import { formatIssue } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { jsonText } from '../output/output.ts';
import { Coverage } from './coverage.ts';
import { testFiles } from './files.ts';
import { type Ran, runTests } from './run.ts';
import { coverageLines, resultLines, resultsValue, suitesOf } from './tell-results.ts';

/** `flagctl test`: runs tables of expectations. Resolves to the exit code; throws `CommandError` for files that are not valid. */
export async function test(call: Call): Promise<number> {
  const coverage = new Coverage();
  const named = call.args.length === 0 ? ['.'] : call.args;
  const ran = await runTests(call, await testFiles(call.world, named), coverage);
  await tell(call, ran, call.has('coverage') ? coverage : undefined);
  const report = call.text('junit');
  if (report !== undefined) {
    const [{ saveReport }, { junitXml }] = await Promise.all([
      import('../report/save.ts'),
      import('../report/junit.ts'),
    ]);
    await saveReport(call.world, report, junitXml('flagctl test', suitesOf(ran.results)));
  }
  const [issue] = ran.issues;
  if (issue !== undefined) {
    const files = new Set(ran.issues.map(({ place }) => place?.file));
    const what = files.size === 1 ? '1 file of tests is' : `${files.size} files of tests are`;
    throw new CommandError(EXIT.invalid, `${what} not valid`, ran.issues.slice(0, MOST_ISSUES).map(formatIssue));
  }
  const filter = call.text('filter');
  if (ran.results.length === 0 && filter !== undefined) {
    throw new CommandError(EXIT.notFound, `no test has ${JSON.stringify(filter)} in its file, its name or its flag`);
  }
  return ran.results.some(({ failure }) => failure !== undefined) ? EXIT.failed : EXIT.ok;
}

const MOST_ISSUES = 20;

async function tell(call: Call, { results }: Ran, coverage: Coverage | undefined): Promise<void> {
  const uncovered = coverage?.uncovered();
  switch (call.text('output')) {
    case 'json':
      return await call.world.out(jsonText(resultsValue(results, uncovered)));
    case 'yaml': {
      const { valueToYaml } = await import('@flagwright/core/text');
      // members that are undefined are none of YAML
      return await call.world.out(valueToYaml(JSON.parse(JSON.stringify(resultsValue(results, uncovered)))));
    }
    case 'junit': {
      const { junitXml } = await import('../report/junit.ts');
      return await call.world.out(junitXml('flagctl test', suitesOf(results)));
    }
    default:
      await call.world.out(resultLines(call, results));
      if (uncovered !== undefined) await call.world.out(`\n${coverageLines(uncovered)}`);
  }
}
