import type { FlagDocument } from '@flagwright/core';
import type { ControlPlane } from '@flagwright/server/client';

/** The flag document that a stage of a project serves at this moment. */
export async function stageFlags(api: ControlPlane, project: string, stage: string): Promise<FlagDocument> {
  const path = `/projects/${encodeURIComponent(project)}/export`;
  return (await api.ask('GET', path, { query: { format: 'document', stage } })) as FlagDocument;
}
