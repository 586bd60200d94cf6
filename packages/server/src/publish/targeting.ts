import { FlagError, formatPath, type Issue, isRecord, notJson, preview } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { Problem } from '../http/problem.ts';
import { unstorable } from '../http/unstorable.ts';
import type { FeatureFlagStageSpec } from '../schema/resources.generated.ts';

/**
 * JSON Logic as it is stored, however it was given: as what it says, or as text, which is parsed. Either way the same is
 * refused. Throws `Problem('INVALID_SPEC')`.
 */
export function parsedTargeting({ targeting }: FeatureFlagStageSpec): Pick<FeatureFlagStageSpec, 'targeting'> {
  if (targeting === undefined) return {};
  const logic = typeof targeting === 'string' ? read(targeting) : targeting;
  if (logic === null) return { targeting: null };
  if (!isRecord(logic)) throw invalid([fault(`${preview(logic)} is no JSON Logic expression`)]);
  const deep = notJson(logic);
  if (deep !== undefined) throw invalid([fault(deep)]);
  const found = unstorable(logic);
  if (found === undefined) return { targeting: logic };
  throw invalid([fault(`${formatPath(found.path)} has ${found.what}, which cannot be stored`)]);
}

/** The JSON in a text; null if it is blank. What a reader would have to guess at, as a key that is there twice, is refused. */
function read(text: string): unknown {
  // which `parseText` takes for a document without flags
  if (/^\s*(?:null\s*)?$/.test(text)) return null;
  try {
    return parseText(text, { format: 'json', maxBytes: Number.MAX_SAFE_INTEGER }).document;
  } catch (thrown) {
    const { issues, message } = FlagError.from(thrown);
    throw invalid(issues.length === 0 ? [fault(message)] : issues.map(placed));
  }
}

function placed({ code, message, expected, place }: Issue): Issue {
  const where = place === undefined ? '' : `line ${place.line}, column ${place.column}: `;
  const what = `${code === 'syntax' ? 'not JSON at ' : ''}${where}${message}`;
  return { ...fault(what), ...(expected === undefined ? {} : { expected }) };
}

const fault = (message: string): Issue => ({
  severity: 'error',
  code: 'invalid-targeting',
  path: ['spec', 'targeting'],
  message,
});

function invalid(issues: readonly Issue[]): Problem {
  return new Problem('INVALID_SPEC', 'invalid targeting expression', {
    hint: 'expected valid JSON Logic format; see https://jsonlogic.com/ for syntax documentation',
    issues,
  });
}
