import type { ApiError } from '@flagwright/server/client';

/** What the server refused, if that is what was thrown. Told by its name: a server has classes of its own. */
export function refusalOf(thrown: unknown): ApiError | undefined {
  return thrown instanceof Error && thrown.name === 'ApiError' ? (thrown as ApiError) : undefined;
}

/** Whether the server refused for that reason. */
export function isRefused(thrown: unknown, code: NonNullable<ApiError['code']>): boolean {
  return refusalOf(thrown)?.code === code;
}

/** A refusal that says, in lines of this command line, what to do about it. */
export async function withHints(refusal: ApiError, hints: readonly string[]): Promise<ApiError> {
  const { ApiError } = await import('@flagwright/server/client');
  const { status, code, issues, requestId, members } = refusal;
  return new ApiError(refusal.message, { status, code, hint: hints.join('\n'), issues, requestId, members });
}
