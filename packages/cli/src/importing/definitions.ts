import type { FeatureFlagStageSpec } from '@flagwright/server/model';
import type { Session } from '../session/session.ts';

/** What a stage says of a flag. */
export interface Definition {
  readonly flag: string;
  readonly stage: string;
  readonly spec: FeatureFlagStageSpec;
}

const PAGE = 500;

/** All that stages of the project say of its flags. */
export async function definitionsOf({ api, project }: Session): Promise<readonly Definition[]> {
  const found: Definition[] = [];
  for (let page = 1; ; page++) {
    const path = `/projects/${encodeURIComponent(project())}/feature-flag-stages`;
    const { items } = (await api.ask('GET', path, { query: { page, pageSize: PAGE } })) as {
      readonly items: readonly {
        readonly metadata: Readonly<Record<string, string>>;
        readonly spec: FeatureFlagStageSpec;
      }[];
    };
    for (const { metadata, spec } of items) {
      found.push({ flag: metadata.featureFlagId!, stage: metadata.stage!, spec });
    }
    if (items.length < PAGE) return found;
  }
}
