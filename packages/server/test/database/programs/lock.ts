import { lockDirectory } from '../../../src/database/directory-lock.ts';

// Locks a directory, says whether it could, and keeps it.
const [, , directory = ''] = process.argv;
try {
  await lockDirectory(directory);
  process.stdout.write('locked\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${(error as { readonly code?: string }).code}\n`);
}
