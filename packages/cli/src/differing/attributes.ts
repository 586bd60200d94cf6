import type { AttributeDefinition } from '@flagwright/core';
import type { ControlPlane } from '@flagwright/server/client';
import { effectiveAttribute } from '@flagwright/server/model';

/** The context attributes that a project declares, as flags know them. */
export async function attributesOf(
  api: ControlPlane,
  project: string,
): Promise<Readonly<Record<string, AttributeDefinition>>> {
  const found: (readonly [string, AttributeDefinition])[] = [];
  for await (const { id, spec } of api.contexts(project).all()) found.push([id, effectiveAttribute(spec)]);
  return Object.fromEntries(found);
}
