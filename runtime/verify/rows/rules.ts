/** What each instruction does to the abstract state, by name. Invariant: a row without a rule here is a plain one. */
import type { Handler } from '../flow/flow.js';
import { controlRows } from './control.js';
import { dataRows } from './data.js';
import { talkRows } from './talk.js';

export const ROW_RULES: ReadonlyMap<string, Handler> = new Map(
  Object.entries({ ...dataRows, ...controlRows, ...talkRows }),
);
/** Steps a verification may take however small the module. */
export const STEPS_ANYWAY = 2_000_000;
