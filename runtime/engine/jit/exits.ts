/**
 * The ways out of a block's text, and what its calls may become: what differs between a host function of its own and one
 * that is run in place.
 * Invariant: each text leaves for good; nothing behind it is reached.
 */
import type { Callee } from '../function.js';

/** A frame that is written or given up on the way out: the helper that does it, what it gets first, and the slots. */
export interface Left {
  readonly helper: string;
  readonly first: readonly string[];
  readonly values: readonly string[];
}
export const leftText = (l: Left): string => `${l.helper}(${[...l.first, ...l.values].join(', ')});`;

/** How a block leaves its function: a function of its own returns, one that is inlined goes on behind itself. */
export interface Exits {
  /** With a result: an expression. */
  result(value: string): string;
  /** With the result of a call in tail position. */
  tail(callee: Callee | null, call: string, args: readonly string[]): string;
  /** With the flag raised, giving up these frames, innermost first. `keeps`: the fuel is in its local variable. */
  flagged(left: readonly Left[], keeps: boolean): string;
  /** As `flagged`, where that is nothing unusual. */
  suspended(left: readonly Left[], keeps: boolean): string;
}

/** What follows a call that came back with the flag raised: one more frame to give up, or a text that looks further. */
export type Flagged = { readonly left: Left } | { readonly text: string };

/** Texts of calls whose callee is run in place: the statements, which leave the result in `target`; undefined to call. */
export type Inline = (
  callee: Callee,
  args: readonly string[],
  target: string,
  flagged: Flagged,
  outer: Exits,
) => string | undefined;

/** The fuel's way from its local variable to the register, and back. */
export const KEEP = 'R.fuel = fuel; ';
export const READ = 'fuel = R.fuel; ';

const LITERAL = /^(\(?-?[\d.e+]+\)?|true|false|undefined|C\d+)$/;

/**
 * The exits of one host function that are seldom taken. The host optimises a function before most of them were taken once,
 * and gives the optimised code up when it meets a call, a sum or a property it has not seen. So an exit only puts values
 * into variables, says which it is, and goes to the one place that calls the function made of all their texts.
 */
export class ColdExits implements Exits {
  readonly #cases: string[] = [];
  readonly #numbers = new Map<string, number>();
  #most = 0;

  /** `number` tells the functions of a unit apart; `frame`: the resuming function also has its own frame to write to. */
  constructor(
    readonly number: string,
    readonly frame: boolean,
    /** What a call in tail position becomes that needs no call. */
    readonly again: (callee: Callee, args: readonly string[]) => string | undefined = () => undefined,
  ) {}

  result(value: string): string {
    return `return ${value};`;
  }
  tail(callee: Callee | null, call: string, args: readonly string[]): string {
    return (callee === null ? undefined : this.again(callee, args)) ?? `return ${call};`;
  }
  suspended(left: readonly Left[], keeps: boolean): string {
    return `${keeps ? KEEP : ''}${left.map(leftText).join(' ')} return undefined;`;
  }
  flagged(left: readonly Left[], keeps: boolean): string {
    const moved: string[] = [];
    const name = (value: string): string => {
      if (LITERAL.test(value)) return value;
      const known = moved.indexOf(value);
      return `e${known >= 0 ? known : moved.push(value) - 1}`;
    };
    const kept = keeps ? [`R.fuel = ${name('fuel')};`] : [];
    const calls = left.map((l) => leftText({ ...l, values: l.values.map(name) }));
    const text = [...kept, ...calls].join(' ');
    let n = this.#numbers.get(text);
    if (n === undefined) this.#numbers.set(text, (n = this.#cases.push(text) - 1));
    this.#most = Math.max(this.#most, moved.length);
    return `{ ${moved.map((v, i) => `e${i} = ${v};`).join(' ')} x = ${n}; break X; }`;
  }

  #values(): string[] {
    return Array.from({ length: this.#most }, (_, i) => `e${i}`);
  }
  variables(): string[] {
    return ['x', ...this.#values()];
  }
  /** A body with its exits. */
  around(body: string): string {
    if (this.#cases.length === 0) return body;
    const given = ['x', ...(this.frame ? ['d', 'p'] : []), ...this.#values()];
    return `X: {\n${body}\n}\nreturn o${this.number}(${given.join(', ')});`;
  }
  /** The function that the exits go to. */
  text(): string {
    const given = ['x', ...(this.frame ? ['d', 'p'] : []), ...this.#values()];
    const cases = this.#cases.map((text, i) => `case ${i}: ${text} break;`);
    return `function o${this.number}(${given.join(', ')}) { switch (x) {\n${cases.join('\n')}\n} return undefined; }`;
  }
}
