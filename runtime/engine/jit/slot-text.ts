/**
 * The frame of a block while its text is made: what each slot holds, as an expression without effects, and the statements
 * so far.
 * Invariant: slot i is in its variable or named by its expression; a variable is assigned only after what still has to be
 * read from it was copied.
 */

/** What a block left aside while another is made in its midst. */
interface Above {
  readonly out: string[];
  readonly stack: string[];
  readonly used: number;
}

export class SlotText {
  #out: string[] = [];
  stack: string[] = [];
  #used = 0;
  /** Most temporaries used by any block. */
  temporaries = 0;

  /** `prefix` begins the names of its variables. */
  constructor(readonly prefix: string) {}

  begin(depth: number): Above {
    const above = { out: this.#out, stack: this.stack, used: this.#used };
    this.#out = [];
    this.stack = Array.from({ length: depth }, (_, i) => this.slot(i));
    this.#used = 0;
    return above;
  }
  /** The text of the block that was begun. */
  finish(above: Above): string {
    const text = this.#out.join('\n');
    this.#out = above.out;
    this.stack = above.stack;
    this.#used = above.used;
    return text;
  }

  /** The variable of a slot. */
  slot(i: number): string {
    return `${this.prefix}s${i}`;
  }
  say(text: string): void {
    if (text !== '') this.#out.push(text);
  }
  temporary(): string {
    const t = `${this.prefix}u${this.#used++}`;
    this.temporaries = Math.max(this.temporaries, this.#used);
    return t;
  }
  static #mentions(expression: string, variable: string): boolean {
    if (expression === variable) return true;
    // Only conditions in brackets are more than one word.
    return expression.startsWith('(') && expression.split(/\W+/).includes(variable);
  }
  /** Before `variable` is assigned: copies what is still to be read from it. */
  protect(variable: string, except = -1): void {
    this.stack.forEach((e, i) => {
      if (i === except || !SlotText.#mentions(e, variable)) return;
      const t = this.temporary();
      this.say(`${t} = ${e};`);
      this.stack[i] = t;
    });
  }
  assign(slot: number, expression: string): void {
    this.protect(this.slot(slot), slot);
    this.say(`${this.slot(slot)} = ${expression};`);
    this.stack[slot] = this.slot(slot);
  }
  /** Moves that put slots 0 .. n - 1 into their variables. */
  moves(stack: string[], n: number): string {
    const out: string[] = [];
    const moved: number[] = [];
    for (let i = 0; i < n; i++) if (stack[i] !== this.slot(i)) moved.push(i);
    for (const i of moved) {
      if (!moved.some((j) => j !== i && SlotText.#mentions(stack[i]!, this.slot(j)))) continue;
      const t = this.temporary();
      out.push(`${t} = ${stack[i]};`);
      stack[i] = t;
    }
    for (const i of moved) {
      out.push(`${this.slot(i)} = ${stack[i]};`);
      stack[i] = this.slot(i);
    }
    return out.join(' ');
  }
  settle(): void {
    this.say(this.moves(this.stack, this.stack.length));
  }
}
