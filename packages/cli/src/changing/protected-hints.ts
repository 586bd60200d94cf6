import type { Call } from '../grammar/call.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Target } from './target.ts';

const ASKED = ['enabled', 'default-variant', 'off-variant', 'targeting'];

/** What to do where a stage takes changes by request only; `stages` are those, as the server tells them. */
export function protectedHints(call: Call, { kind, id, project, stage }: Target, stages: unknown): readonly string[] {
  const emergency = 'Or, in an emergency, say --force, which the history remembers';
  const flag = `--project ${shellWord(project)} --feature-flag ${shellWord(id)}`;
  if (kind === 'FeatureFlagStage') {
    const words = call.has('patch') ? ['…'] : askedFor(call);
    return [
      `Run 'flagctl create cr ${flag} --stage ${shellWord(stage)}${words.map((word) => ` ${word}`).join('')}' to ask for it`,
      emergency,
    ];
  }
  if (kind !== 'FeatureFlag') return ['Take it out of their targeting by change requests first', emergency];
  const [one] = Array.isArray(stages) ? stages.map(String) : [];
  return [
    `Run 'flagctl create cr ${flag} --stage ${one === undefined ? '<stage>' : shellWord(one)} …' to ask for a change of what the stage serves instead`,
    emergency,
  ];
}

/** The options of a change, as the command that asks for it takes them. */
function askedFor(call: Call): readonly string[] {
  const words = ASKED.flatMap((name) => {
    const value = call.text(name);
    if (value === undefined) return [];
    // what would have to be quoted within quotes
    return [/^[\w@./:-]+$/.test(value) ? `--${name}=${value}` : `--${name} …`];
  });
  return call.has('clear-targeting') ? [...words, '--targeting=null'] : words;
}
