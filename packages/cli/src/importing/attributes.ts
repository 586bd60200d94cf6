import type { AttributeDefinition, FlagDocument } from '@flagwright/core';
import { type ContextSpec, targetingOf } from '@flagwright/server/model';
import type { Call } from '../grammar/call.ts';
import type { LocalSet } from '../local/set.ts';
import { commandLine } from '../output/command-line.ts';
import { safe } from '../output/safe.ts';
import { shellWord } from '../output/shell-word.ts';
import { styleOf } from '../output/style.ts';
import type { Session } from '../session/session.ts';
import { type Definition, definitionsOf } from './definitions.ts';
import { mentionsAsValue } from './mentions.ts';
import { contextOf } from './obstacles.ts';

/** The attributes of a document, beside those of the project. */
export interface Attributes {
  /** What is sent. */
  readonly sent: ReadonlyMap<string, ContextSpec>;
  /** All that the project has. */
  readonly before: ReadonlyMap<string, ContextSpec>;
  /** All that it then has. */
  readonly after: ReadonlyMap<string, ContextSpec>;
  /** Those that would have changed what other flags answer. */
  readonly refused: readonly string[];
}

/**
 * The attributes that a document declares, as context attributes: of one that the project has the type is never changed, and
 * none becomes a version that stored flags compare, for these would then answer otherwise. Each that is left out is told.
 */
export async function attributesOf(call: Call, set: LocalSet, session: Session | undefined): Promise<Attributes> {
  const style = styleOf(call, 'err');
  const sent = new Map<string, ContextSpec>();
  const refused: string[] = [];
  const there = session === undefined ? new Map<string, ContextSpec>() : await contextsOf(session);
  const refuse = (name: string, why: string): void => {
    const place = set.locate(['attributes', name]);
    const where = place === undefined ? set.title : `${place.file ?? set.title}:${place.line}:${place.column}`;
    call.world.err(`${style.red('Error')}: ${safe(`${where}: the attribute ${name} is not imported: ${why}`)}\n`);
    refused.push(name);
  };
  const warn = (words: string): void => call.world.err(`${style.yellow('Warning')}: ${safe(words)}\n`);
  let stored: Promise<readonly Definition[]> | undefined;
  for (const [name, attribute] of attributesIn(set.document)) {
    const spec = contextOf(name, attribute);
    const own = there.get(name);
    if (spec === undefined) {
      warn(
        `the attribute ${name} (${typeOf(attribute)}) is left out: a context attribute is STRING, NUMBER, BOOLEAN or VERSION, by a name in small letters, digits and hyphens`,
      );
    } else if (own !== undefined && own.type !== spec.type) {
      const words = `it is ${own.type} in the project, and ${spec.type} in the file`;
      if (isVersion(own) || isVersion(spec)) refuse(name, `${words}; flags that compare it would answer otherwise`);
      else warn(`the attribute ${name} stays as it is: ${words}`);
    } else {
      const isNew = session !== undefined && own === undefined && isVersion(spec);
      if (isNew) stored ??= definitionsOf(session);
      const users = isNew
        ? (await stored!).filter((one) => mentionsAsValue(targetingOf(one.spec).spec.targeting, name))
        : [];
      if (users.length === 0) sent.set(name, { ...own, ...spec });
      else {
        const project = shellWord(session!.project());
        refuse(
          name,
          `flags of the project that compare it would answer otherwise if it were a VERSION: ${listed(users)}. If that is meant: ${commandLine(call, `create ctx ${shellWord(name)} --type VERSION --project ${project}`)}`,
        );
      }
    }
  }
  return { sent, before: there, after: new Map([...there, ...sent]), refused };
}

const isVersion = ({ type }: ContextSpec): boolean => type === 'VERSION';

const attributesIn = ({ attributes }: FlagDocument): readonly (readonly [string, AttributeDefinition | string])[] =>
  Object.entries((attributes ?? {}) as Readonly<Record<string, AttributeDefinition | string>>);

const typeOf = (attribute: unknown): string =>
  typeof attribute === 'string' ? attribute : String((attribute as { readonly type?: unknown } | null)?.type);

async function contextsOf({ api, project }: Session): Promise<Map<string, ContextSpec>> {
  const found = new Map<string, ContextSpec>();
  for await (const { id, spec } of api.contexts(project()).all()) found.set(id, spec);
  return found;
}

/** More are not named. */
const MOST = 5;

function listed(users: readonly Definition[]): string {
  const rest = users.length - MOST;
  const names = users.slice(0, MOST).map(({ flag, stage }) => `${flag} (${stage})`);
  return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
