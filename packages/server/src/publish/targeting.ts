import { isRecord, notJson, parseLogic, preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import type { FeatureFlagStageSpec } from '../schema/resources.generated.ts';

/** JSON Logic that was given as text, parsed: it is stored as what it says. Throws `Problem('INVALID_SPEC')`. */
export function parsedTargeting({ targeting }: FeatureFlagStageSpec): Pick<FeatureFlagStageSpec, 'targeting'> {
  if (typeof targeting !== 'string') return {};
  if (targeting.trim() === '') return { targeting: null };
  let logic: unknown;
  try {
    logic = parseLogic(targeting);
  } catch (thrown) {
    throw invalid(thrown instanceof Error ? thrown.message : 'it cannot be read');
  }
  if (logic === null) return { targeting: null };
  if (!isRecord(logic)) throw invalid(`${preview(logic)} is no JSON Logic expression`);
  const wrong =
    notJson(logic) ??
    (/\\u0000|\\ud[89a-f]/.test(JSON.stringify(logic)) ? 'it has characters that no text has' : undefined);
  if (wrong !== undefined) throw invalid(wrong);
  return { targeting: logic };
}

function invalid(message: string): Problem {
  return new Problem('INVALID_SPEC', 'invalid targeting expression', {
    hint: 'expected valid JSON Logic format; see https://jsonlogic.com/ for syntax documentation',
    issues: [{ severity: 'error', code: 'invalid-targeting', path: ['spec', 'targeting'], message }],
  });
}
