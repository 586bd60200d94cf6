import { createHash } from 'node:crypto';
import { formatPath, type Issue } from '@flagwright/core';
import { jsonText } from '../output/json.ts';

/** A result of a tool: an issue, and the file it is in, as it was named. */
export type SarifResult = Issue & { readonly file: string };

/** What a code means, for viewers. */
export interface SarifRule {
  readonly id: string;
  /** In a few words. */
  readonly summary: string;
  /** What it is about, and what to do. */
  readonly help: string;
}

/**
 * Results as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts and editors show. Results
 * are recognised from run to run by what they say and the path in the document, not by the line, which moves.
 */
export function sarifText(
  tool: { readonly name: string; readonly version: string },
  results: readonly SarifResult[],
  rules: readonly SarifRule[] = [],
): string {
  const positions = new Map(rules.map(({ id }, position) => [id, position]));
  const seen = new Map<string, number>();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            rules: rules.map(({ id, summary, help }) => ({
              id,
              shortDescription: { text: summary },
              help: { text: help },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => resultOf(result, positions.get(result.code), seen)),
      },
    ],
  };
  return jsonText(log);
}

function resultOf(result: SarifResult, ruleIndex: number | undefined, seen: Map<string, number>): unknown {
  const { file, code, severity, path, place } = result;
  const region = place === undefined ? {} : { region: { startLine: place.line, startColumn: place.column } };
  return {
    ruleId: code,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: severity,
    message: { text: textOf(result) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(place?.file ?? file) }, ...region },
        logicalLocations: [{ fullyQualifiedName: formatPath(path) }],
      },
    ],
    partialFingerprints: { 'flagctl/v1': fingerprint(result, seen) },
  };
}

/** All an issue says, but where. */
function textOf({ path, message, expected, hint }: Issue): string {
  return [
    path.length === 0 ? message : `${formatPath(path)}: ${message}`,
    ...(expected === undefined ? [] : [`; expected ${expected}`]),
    ...(hint === undefined ? [] : [`. Hint: ${hint}`]),
  ].join('');
}

/** The same for the same finding, wherever it stands now; the second of two that are alike has another. */
function fingerprint({ file, code, path, message }: SarifResult, seen: Map<string, number>): string {
  const said = JSON.stringify([file, code, path, message]);
  const count = seen.get(said) ?? 0;
  seen.set(said, count + 1);
  const hash = createHash('sha256').update(said).digest('hex').slice(0, 32);
  return `${hash}:${count}`;
}

/** A file as a URI reference: relative to where the tool ran, unless the name is absolute. */
function uriOf(file: string): string {
  // a half of a pair has no encoding
  const steps = file
    .replace(/\\/g, '/')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/');
  const encoded = steps.filter((step, i) => step !== '.' || i > 0).map(encodeURIComponent);
  if (steps[0] === '' && steps.length > 1) return `file://${encoded.join('/')}`;
  return encoded.join('/');
}
