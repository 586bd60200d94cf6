import process from 'node:process';

// One app, and four places its flags may come from: FEATURE_PROVIDER=file, memory, postgres or redis. Without it, the
// backend is replaced while an app runs.

const provider = process.env.FEATURE_PROVIDER;
if (provider === undefined) {
  await import('./live.js');
} else {
  const { SEEDS } = await import('./seed.js');
  const seed = SEEDS[provider];
  if (seed === undefined) {
    console.error(`FEATURE_PROVIDER is ${provider}. This example knows ${Object.keys(SEEDS).join(', ')}`);
    process.exitCode = 2;
  } else {
    process.env.FEATURE_PROJECT = 'examples';
    await seed();
    await import('./app.js');
  }
}
