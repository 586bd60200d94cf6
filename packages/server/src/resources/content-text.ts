import type { Content } from './change.ts';

/** What a resource says as the history has it: JSON of `{spec, status}`, without a status that is none. */
export function contentText({ spec, status }: Content): string {
  return JSON.stringify(status === undefined || status === null ? { spec } : { spec, status });
}
