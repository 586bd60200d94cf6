import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** The home folder of whoever runs it; a `HOME` that is empty or relative counts as one that is not set. */
export function homeFolder(): string {
  const home = homedir();
  return isAbsolute(home) ? home : userInfo().homedir;
}
