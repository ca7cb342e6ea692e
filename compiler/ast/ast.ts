/**
 * The abstract syntax of Quartz: nouns only. Parse makes it; every later pass reads it and says what it learnt in
 * tables keyed by `id`, so a tree is never changed after it was made.
 * Invariant: `id` is unique within a module, dense from 0, and given in source order.
 */
export type * from './node.js';
export type * from './items.js';
export type * from './statements.js';
export type * from './expressions.js';
export type * from './patterns.js';
export type * from './types.js';
