import type { Call } from '../grammar/call.ts';
import type { Kind } from '../nouns/noun.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { manifestYaml } from '../output/yaml.ts';
import { sessionOf } from '../session/session.ts';
import { describeDefinition, describeFlag } from './describe-flag.ts';
import { describeContext, describeLink, describeProject, describeStage, describeTemplate } from './describe-place.ts';
import { describeRequest } from './describe-request.ts';
import { type Described, type Describing, describing } from './pieces.ts';

const DESCRIBERS: Readonly<Record<Kind, (the: Describing, id: string) => Promise<Described>>> = {
  Project: describeProject,
  Stage: describeStage,
  ProjectStage: describeLink,
  FeatureFlag: describeFlag,
  FeatureFlagStage: describeDefinition,
  Context: describeContext,
  ChangeRequest: describeRequest,
  Template: describeTemplate,
};

/** Shows all about a resource. Throws `UsageError`, `ApiError`, `FlagError`. */
export async function describe(call: Call): Promise<number> {
  const { world, noun, args } = call;
  const [id = ''] = args;
  const { pieces, text } = await DESCRIBERS[noun!.kind](describing(call, await sessionOf(call)), id);
  const output = outputOf(call);
  if (output === 'json') await world.out(jsonText(pieces));
  else if (output === 'yaml') await world.out(manifestYaml(pieces));
  else if (output === 'name') await world.out(`${noun!.name}/${safe(id)}\n`);
  else await world.out(text());
  return 0;
}
