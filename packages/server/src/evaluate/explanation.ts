import { type Explanation, formatExplanation, formatIssue, type JsonSchema, type Step } from '@flagwright/core';

/** How an evaluation is explained. */
export const EXPLANATION: JsonSchema = {
  title: 'Explanation',
  description: 'How it was decided, step by step.',
  type: 'object',
  properties: {
    text: { type: 'string', description: 'For people, in lines.' },
    flags: {
      type: 'array',
      description: 'The flag, and then those it requires, each once.',
      items: {
        type: 'object',
        properties: {
          flag: { type: 'string' },
          value: { description: 'What is served. Absent: the default in the code.' },
          variant: { type: 'string' },
          engineReason: { type: 'string' },
          steps: { type: 'array', items: { type: 'object', properties: { kind: { type: 'string' } } } },
        },
        required: ['flag', 'engineReason', 'steps'],
      },
    },
  },
  required: ['text', 'flags'],
};

/**
 * An explanation as it is answered. Each flag is told of once, and steps name the others: flags that require the same
 * others would be written out as often as there are ways to them.
 */
export function shownExplanation(explanation: Explanation): object {
  const found = new Map<string, Explanation>();
  collect(explanation, found);
  return {
    text: formatExplanation(explanation),
    flags: [...found.values()].map(({ key, evaluation: { value, variant, reason }, steps }) => ({
      flag: key,
      value,
      variant,
      engineReason: reason,
      steps: steps.map(shownStep),
    })),
  };
}

/** Chains of prerequisites are bounded by what compiles them. */
function collect(explanation: Explanation, found: Map<string, Explanation>): void {
  if (found.has(explanation.key)) return;
  found.set(explanation.key, explanation);
  for (const step of explanation.steps) if (step.kind === 'prerequisite') collect(step.explanation, found);
}

function shownStep(step: Step): object {
  if (step.kind === 'unusable') return { kind: step.kind, issues: step.issues.map(formatIssue) };
  if (step.kind !== 'prerequisite') return step;
  const { kind, key, variation, held } = step;
  return { kind, key, variation, held };
}
