#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import { homeFolder } from './files/home.ts';

// from Node.js 22.8 on: what was compiled once is read the next time
if ('enableCompileCache' in module) {
  const { XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homeFolder(), '.cache') : XDG_CACHE_HOME;
  (module.enableCompileCache as (folder: string) => unknown)(join(cache, 'flagctl', 'compiled'));
}

const { main } = await import('./main.ts');
await main();
