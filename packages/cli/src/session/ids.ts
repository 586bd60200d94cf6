import type { Resources } from '@flagwright/server/client';

/** The ids of all that a server has of a kind. Throws `ApiError`. */
export async function idsOf(resources: Pick<Resources<unknown>, 'all'>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of resources.all()) ids.push(id);
  return ids;
}
