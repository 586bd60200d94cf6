/** The name of the process warnings this project emits. */
const WARNING = 'FlagwrightWarning';

/** The class of what was thrown, for warnings: a message may quote the request, and is not shown. */
export function classOf(thrown: unknown): string {
  try {
    const name: unknown = (thrown as { constructor?: { name?: unknown } } | null | undefined)?.constructor?.name;
    // a class can be given any name
    return typeof name === 'string' && /^[\w$]{1,64}$/.test(name) ? name : typeof thrown;
  } catch {
    return typeof thrown;
  }
}

/** Emits process warnings, of which only the first is shown: what fails for one request will fail for many. */
export function warnOnce(): (message: string) => void {
  let warned = false;
  return (message) => {
    if (warned) return;
    warned = true;
    process.emitWarning(message, WARNING);
  };
}
