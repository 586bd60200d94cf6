#!/usr/bin/env node
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// from Node.js 22.8 on: what was compiled once is read the next time
if ('enableCompileCache' in module) {
  const { XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME;
  (module.enableCompileCache as (folder: string) => unknown)(join(cache, 'flagctl', 'compiled'));
}

const { main } = await import('./main.ts');
await main();
