/**
 * Contents of queues as interned words: equal words have equal numbers, so a configuration is a row of integers. Symbols are
 * numbers too (a pair of channel and label). A word is its prefix and its last symbol; heads and tails are computed from the
 * prefix once and kept.
 * Invariant: `EMPTY` and `CLOSED` are fixed numbers, every other word is not empty and its head never changes.
 */
export const EMPTY = 0;
/** The reader has dropped its end: whatever is sent here disappears. */
export const CLOSED = 1;
/** No symbol: the head of an empty or closed queue. */
export const NONE = -1;

export class Words {
  private readonly heads: number[] = [NONE, NONE];
  private readonly lengths: number[] = [0, 0];
  private readonly prefixes: number[] = [-1, -1];
  private readonly lasts: number[] = [NONE, NONE];
  private readonly tails: number[] = [-1, -1];
  /** By `word * symbols + symbol`: the word with the symbol appended. */
  private readonly longer = new Map<number, number>();

  /** `isLoss` tells the symbols that say "this link was dropped"; they do not count in a length. */
  constructor(
    private readonly symbolCount: number,
    private readonly isLoss: (symbol: number) => boolean,
  ) {}

  head(word: number): number {
    return this.heads[word]!;
  }

  /** Messages in the word; the notice of a dropped link is not one. */
  length(word: number): number {
    return this.lengths[word]!;
  }

  push(word: number, symbol: number): number {
    if (word === CLOSED || (word !== EMPTY && this.isLoss(this.lasts[word]!))) return word;
    const key = word * this.symbolCount + symbol;
    const known = this.longer.get(key);
    if (known !== undefined) return known;
    const made = this.heads.length;
    this.heads.push(word === EMPTY ? symbol : this.heads[word]!);
    this.lengths.push(this.lengths[word]! + (this.isLoss(symbol) ? 0 : 1));
    this.prefixes.push(word);
    this.lasts.push(symbol);
    this.tails.push(-1);
    this.longer.set(key, made);
    return made;
  }

  /** The word without its head; the word must not be empty or closed. */
  pop(word: number): number {
    const known = this.tails[word]!;
    if (known >= 0) return known;
    const prefix = this.prefixes[word]!;
    const tail = prefix === EMPTY ? EMPTY : this.push(this.pop(prefix), this.lasts[word]!);
    this.tails[word] = tail;
    return tail;
  }

  /** The symbols, oldest first. */
  symbols(word: number): number[] {
    const all: number[] = [];
    for (let at = word; at > CLOSED; at = this.prefixes[at]!) all.push(this.lasts[at]!);
    return all.reverse();
  }
}
