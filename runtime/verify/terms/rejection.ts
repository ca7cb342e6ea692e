/**
 * How a check says no. Inside the verifier a `Rejection` is thrown at the first fault and caught by `verify`, so the
 * checks read straight on; nothing of it leaves the folder.
 * Invariant: every rejection names what was found and what was needed, in words of the text form.
 */

import type { Proto } from './protocol.js';

export interface VerifyError {
  /** Name of the function or session; empty if the fault lies in the module's own lists. */
  readonly function: string;
  /** Offset of the instruction in the function's code; -1 if the fault is in no instruction. */
  readonly pc: number;
  /** The instruction as the text form writes it; empty if there is none. */
  readonly instruction: string;
  readonly message: string;
}

/** `Timer+5 await_msg [-1]: slot [-1] holds a label where a thread is needed`. */
export function formatVerifyError(e: VerifyError): string {
  const at = e.pc < 0 ? e.function : `${e.function}+${e.pc}`;
  const head = [at, e.instruction].filter((x) => x !== '').join(' ');
  return head === '' ? e.message : `${head}: ${e.message}`;
}

export class Rejection extends Error {
  constructor(
    message: string,
    readonly pc = -1,
    readonly fn = -1,
  ) {
    super(message);
  }
}

export function reject(message: string): never {
  throw new Rejection(message);
}

/** Work that a module may cause: bounds the time of verification, whatever the module is. */
export class Budget {
  readonly #whole: number;
  constructor(private left: number) {
    this.#whole = left;
  }
  /** For another question about what was judged before. */
  renew(): void {
    this.left = this.#whole;
  }
  spend(n: number): void {
    this.left -= n;
    if (this.left < 0) reject('the module is too large to be verified');
  }
}

/** What a protocol asks for next, in words. */
export function expects(points: readonly Proto[]): string {
  const texts = points.map((p) => {
    if (p.kind === 'send' || p.kind === 'receive') {
      if (p.alts.length === 0) return 'waits for a loss';
      const verb = p.kind === 'send' ? 'sends' : 'receives';
      return `${verb} ${p.alts.map((a) => (a.peer === '' ? a.label : `${a.label} (${a.peer})`)).join(' or ')}`;
    }
    return p.kind === 'spawn'
      ? `spawns ${p.session}`
      : p.kind === 'cut'
        ? 'goes on in a way the type does not say'
        : p.kind === 'fail'
          ? 'fails'
          : 'ends';
  });
  return texts.length === 0 ? 'does nothing that is known' : texts.join(' or ');
}
