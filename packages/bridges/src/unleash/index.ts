export type { Resolver } from '@flagwright/core';
