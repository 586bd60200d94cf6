import type { Place } from '@flagwright/core';

/** One case of a suite: it failed, it could not be tried, or it passed. */
export interface JUnitCase {
  readonly name: string;
  /** How long it took. */
  readonly seconds?: number;
  readonly failure?: JUnitFailure;
  /** Why it could not be tried. */
  readonly error?: JUnitFailure;
}

/** Why a case failed, or could not be tried. */
export interface JUnitFailure {
  /** One line. */
  readonly message: string;
  /** All there is to say. */
  readonly text: string;
  readonly place?: Place;
}

/** Cases that belong together, as those of one file. */
export interface JUnitSuite {
  readonly name: string;
  readonly file?: string;
  readonly cases: readonly JUnitCase[];
}

/** Suites as the XML of JUnit, as build servers read it. */
export function junitXml(name: string, suites: readonly JUnitSuite[]): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...countsOf(suites.flatMap(({ cases }) => cases)) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteLines({ name, file, cases }: JUnitSuite): readonly string[] {
  return [
    `  <testsuite${attributes({ name, file, ...countsOf(cases), skipped: 0 })}>`,
    ...cases.flatMap((one) => caseLines(one, name, file)),
    '  </testsuite>',
  ];
}

function caseLines(
  { name, seconds, failure, error }: JUnitCase,
  suite: string,
  file: string | undefined,
): readonly string[] {
  const wrong = error ?? failure;
  const kind = error === undefined ? 'failure' : 'error';
  const place = wrong?.place;
  const start = `    <testcase${attributes({
    name,
    classname: suite,
    file: place?.file ?? file,
    line: place?.line,
    time: timeOf(seconds ?? 0),
  })}`;
  if (wrong === undefined) return [`${start}/>`];
  return [
    `${start}>`,
    `      <${kind}${attributes({ message: wrong.message, type: kind })}>${escaped(wrong.text)}</${kind}>`,
    '    </testcase>',
  ];
}

function countsOf(cases: readonly JUnitCase[]): Readonly<Record<string, string | number>> {
  return {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    errors: cases.filter(({ error }) => error !== undefined).length,
    time: timeOf(cases.reduce((sum, { seconds = 0 }) => sum + seconds, 0)),
  };
}

const timeOf = (seconds: number): string => seconds.toFixed(3);

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) =>
      value === undefined ? '' : ` ${name}="${escaped(String(value)).replace(/[\t\n]/g, entity)}"`,
    )
    .join('');
}

/** What XML 1.0 has no place for, not even escaped: https://www.w3.org/TR/xml/#charsets */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it can stand in XML; what is forbidden there becomes U+FFFD. */
function escaped(text: string): string {
  // a carriage return that is not escaped is read as a line feed; the others are the same, but not to a terminal
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(
      /[&<>"\r\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (character) => NAMED[character] ?? entity(character),
    );
}

const entity = (character: string): string => `&#${character.charCodeAt(0)};`;
