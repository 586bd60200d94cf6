import { openDatabase } from '../../../src/database/open.ts';

// Opens what it is told to as JSON, and says what came of it.
const [, , options = '{}'] = process.argv;
try {
  await (await openDatabase(JSON.parse(options))).close();
  process.stdout.write('opened\n');
} catch (error) {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  process.stdout.write(`${code}: ${message}\n`);
}
