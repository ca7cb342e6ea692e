/**
 * Reads the body of one function of the text form: its directives, tables, labels and instructions.
 * Invariant: every line either changes the function or reports an error; `finish` gives an image in any case, which
 * is thrown away if anything was reported.
 */
import { ROWS, type OperandKind, type Row } from './isa.js';
import { shapeOf } from './assembly-header.js';
import type { Pools } from './assembly-pools.js';
import { constantOf, nearest, type Token } from './assembly-text.js';
import type { CodeTable, FunctionImage, Param, ParamKind, SelectCase, SourceEntry } from './module.js';

export type Report = (column: number, message: string, hint?: string) => void;

const PARAM_KINDS: readonly string[] = ['data', 'end', 'reference', 'pool', 'upvalue'] satisfies ParamKind[];

/** Rows by the word the text form starts them with; `push` has several. */
const BY_WORD = new Map<string, Row[]>();
for (const row of ROWS)
  for (const word of new Set([row.name, (row.text ?? row.name).split(' ')[0]!]))
    BY_WORD.set(word, [...(BY_WORD.get(word) ?? []), row]);

interface Fix {
  readonly name: string;
  readonly column: number;
  readonly line: number;
  readonly set: (pc: number) => unknown;
}
type OpenTable =
  | { readonly kind: 'select'; readonly cases: SelectCase[] }
  | { readonly kind: 'switch'; readonly targets: number[]; otherwise: number }
  | { readonly kind: 'capture'; readonly locals: number[] };

export class FunctionText {
  readonly #code: number[] = [];
  readonly #fixes: Fix[] = [];
  readonly #tables: OpenTable[] = [];
  readonly #tableNames = new Map<string, number>();
  readonly #tableUses: { at: number; name: string; column: number; line: number }[] = [];
  readonly #labels: { name: string; pc: number }[] = [];
  readonly #labelPc = new Map<string, number>();
  readonly #source: SourceEntry[] = [];
  #params: Param[] | undefined;
  #locals = 0;
  #returns: boolean | undefined;
  #exported: boolean | undefined;
  #slots: string[] | undefined;
  #line = 0;

  constructor(
    readonly name: string,
    readonly session: boolean,
    readonly type: string,
    readonly pools: Pools,
    readonly report: (line: number, column: number, message: string, hint?: string) => void,
  ) {}

  #error(column: number, message: string, hint?: string): void {
    this.report(this.#line, column, message, hint);
  }

  /** One line that is no header. */
  line(line: number, t: readonly Token[]): void {
    this.#line = line;
    const first = t[0]!;
    if (first.kind !== 'word')
      return this.#error(first.column, 'a line starts with an instruction, a label or a directive');
    const label = /^(.+):$/.exec(first.text);
    if (label && t.length === 1) return this.#label(label[1]!, first.column);
    if (first.text.startsWith('.')) return this.#directive(first.text.slice(1), t.slice(1), first.column);
    if (first.text === 'table') return this.#table(t.slice(1), first.column);
    if (first.text === 'case' || first.text === 'else') return this.#case(first.text, t.slice(1), first.column);
    this.#instruction(first.text, t.slice(1), first.column);
  }

  #label(name: string, column: number): void {
    if (this.#labelPc.has(name)) return this.#error(column, `label ${name} is placed twice in ${this.name}`);
    this.#labelPc.set(name, this.#code.length);
    this.#labels.push({ name, pc: this.#code.length });
  }

  #directive(name: string, t: readonly Token[], column: number): void {
    const ints = t.flatMap((x) => (x.kind === 'word' && /^-?\d+$/.test(x.text) ? [Number(x.text)] : []));
    const texts = t.flatMap((x) => (x.kind === 'string' || x.kind === 'word' ? [x.text] : []));
    const bad = (usage: string): void => this.#error(column, `.${name} is written \`.${name} ${usage}\``);
    switch (name) {
      case 'param': {
        const [called, kind, type] = texts;
        if (type === undefined || !PARAM_KINDS.includes(kind!)) return bad(`name ${PARAM_KINDS.join('|')} "type"`);
        (this.#params ??= []).push({ name: called!, kind: kind as ParamKind, type });
        return;
      }
      case 'no_params':
        this.#params = [];
        return;
      case 'locals':
        if (ints.length !== 1) return bad('count');
        this.#locals = ints[0]!;
        return;
      case 'returns':
      case 'exported':
        if (texts[0] !== 'yes' && texts[0] !== 'no') return bad('yes|no');
        if (name === 'returns') this.#returns = texts[0] === 'yes';
        else this.#exported = texts[0] === 'yes';
        return;
      case 'slots':
        this.#slots = [...texts];
        return;
      case 'at':
      case 'source': {
        const [pc, offset, line] = name === 'at' ? [this.#code.length, ...ints] : ints;
        if (line === undefined) return bad(name === 'at' ? 'offset line "inlined" ..' : 'pc offset line "inlined" ..');
        const inlined = t.flatMap((x) => (x.kind === 'string' ? [x.text] : []));
        this.#source.push({ pc: pc!, offset: offset!, line, ...(inlined.length > 0 ? { inlined } : {}) });
        return;
      }
      case 'label':
        if (ints.length < 1 || texts.length < 2) return bad('"name" pc');
        if (!this.#labelPc.has(texts[0]!)) this.#labelPc.set(texts[0]!, ints.at(-1)!);
        this.#labels.push({ name: texts[0]!, pc: ints.at(-1)! });
        return;
      case 'word':
        if (ints.length !== 1) return bad('number');
        this.#code.push(ints[0]!);
        return;
      default:
        this.#error(column, `no directive is called .${name}`);
    }
  }

  #table(t: readonly Token[], column: number): void {
    const [name, kind, ...rest] = t;
    if (name?.kind !== 'word' || kind?.kind !== 'word' || !['select', 'switch', 'capture'].includes(kind.text))
      return this.#error(column, 'a table is written `table name select|switch|capture`');
    if (this.#tableNames.has(name.text)) return this.#error(name.column, `table ${name.text} is there twice`);
    this.#tableNames.set(name.text, this.#tables.length);
    if (kind.text === 'select') this.#tables.push({ kind: 'select', cases: [] });
    else if (kind.text === 'switch') this.#tables.push({ kind: 'switch', targets: [], otherwise: -1 });
    else {
      const locals = rest.map((x) => (x.kind === 'word' ? Number(x.text) : Number.NaN));
      if (locals.some((n) => !Number.isInteger(n))) this.#error(column, 'a capture table lists local numbers');
      this.#tables.push({ kind: 'capture', locals });
    }
  }

  #case(word: string, t: readonly Token[], column: number): void {
    const table = this.#tables.at(-1);
    const target = t.at(-1);
    if (table === undefined || table.kind === 'capture') return this.#error(column, `${word} belongs to a table`);
    if (target === undefined) return this.#error(column, `${word} needs a label to go to`);
    if (table.kind === 'switch') {
      if (word === 'else') this.#target(target, (pc) => (table.otherwise = pc));
      else {
        const at = table.targets.push(-1) - 1;
        this.#target(target, (pc) => (table.targets[at] = pc));
      }
      return;
    }
    const made = this.#selectCase(t.slice(0, -1));
    if (made === undefined || word === 'else') {
      const usage =
        'case [slot] $L(n) to, case down [slot] to, case any [slot] $L(n) to, case any_down [slot] to, case accept $L(n) to, case after to';
      return this.#error(column, 'not a case of select', usage);
    }
    const at = table.cases.push(made) - 1;
    this.#target(target, (pc) => (table.cases[at] = { ...made, target: pc }));
  }

  #selectCase(t: readonly Token[]): SelectCase | undefined {
    const words = t.flatMap((x) => (x.kind === 'word' ? [x.text] : []));
    const slots = t.flatMap((x) => (x.kind === 'slot' ? [0 - x.value] : []));
    const counts = t.flatMap((x) => (x.kind === 'count' ? [x.value] : []));
    const sent = t.flatMap((x) => (x.kind === 'message' || x.kind === 'raw' ? [x] : []))[0];
    if (words.length > 1 || slots.length > 1 || counts.length > 1) return undefined;
    const message = sent === undefined ? -1 : 'text' in sent ? this.pools.message(sent.text) : sent.value;
    const count = counts[0] ?? 0;
    const slot = slots[0] ?? -1;
    const kind = words[0] ?? 'message';
    const used = words.length + slots.length + counts.length + (sent ? 1 : 0);
    if (used !== t.length) return undefined;
    const needs = { message: [1, 1], any: [1, 1], accept: [0, 1], down: [1, 0], any_down: [1, 0], after: [0, 0] }[kind];
    if (needs === undefined || needs[0] !== slots.length || needs[1] !== (sent ? 1 : 0)) return undefined;
    if (kind === 'message' || kind === 'any') return { kind, slot, message, count, target: -1 };
    if (kind === 'accept') return { kind, message, count, target: -1 };
    return kind === 'after' ? { kind, target: -1 } : { kind: kind as 'down' | 'any_down', slot, target: -1 };
  }

  #target(t: Token, set: (pc: number) => unknown): void {
    if (t.kind === 'pc' || t.kind === 'raw') set(t.value);
    else if (t.kind === 'word') this.#fixes.push({ name: t.text, column: t.column, line: this.#line, set });
    else this.#error(t.column, 'a jump names a label');
  }

  #instruction(word: string, t: readonly Token[], column: number): void {
    const rows = BY_WORD.get(word);
    if (rows === undefined) {
      const near = nearest(word, BY_WORD.keys());
      return this.#error(column, `no instruction is called ${word}`, near && `did you mean ${near}?`);
    }
    const row = chosen(rows, word, t);
    this.#code.push(row.code);
    const rest = row.name === 'push_self' && t.length === 1 && word === 'push' ? [] : [...t];
    for (const o of row.operands) {
      if (o.kind === 'count' && rest[0]?.kind !== 'count' && rest[0]?.kind !== 'raw') {
        this.#code.push(0);
        continue;
      }
      const token = rest.shift();
      if (token === undefined) {
        this.#error(column, `${word} needs ${describe[o.kind]}`);
        this.#code.push(0);
      } else this.#operand(o.kind, token, word);
    }
    if (rest.length > 0) this.#error(rest[0]!.column, `${word} takes no more operands`);
  }

  #operand(kind: OperandKind, t: Token, word: string): void {
    const at = this.#code.push(0) - 1;
    const set = (value: number | undefined, names?: () => Iterable<string>): void => {
      if (value !== undefined) this.#code[at] = value;
      else {
        const given = t.kind === 'bad' || !('text' in t) ? undefined : t.text;
        const near = names && given !== undefined ? nearest(given, names()) : undefined;
        const what =
          given !== undefined ? `${describe[kind]} called ${given} is not known` : `${word} needs ${describe[kind]}`;
        this.#error(t.column, what, near && `did you mean ${near}?`);
      }
    };
    if (t.kind === 'raw') return set(t.value);
    if (kind === 'target') return this.#target(t, (pc) => (this.#code[at] = pc));
    const text = t.kind === 'string' || t.kind === 'word' || t.kind === 'type' ? t.text : undefined;
    switch (kind) {
      case 'slot':
        return set(t.kind === 'slot' ? 0 - t.value : undefined);
      case 'count':
        return set(t.kind === 'count' ? t.value : undefined);
      case 'local':
      case 'int':
        return set(t.kind === 'word' && /^-?\d{1,10}$/.test(t.text) ? Number(t.text) : undefined);
      case 'constant': {
        const c = constantOf(t);
        return set(c && this.pools.constant(c));
      }
      case 'text':
        return set(t.kind === 'string' ? this.pools.constant({ kind: 'string', value: t.text }) : undefined);
      case 'callee':
      case 'session':
        return set(t.kind === 'callee' ? this.pools.callee(t.text) : undefined, () => this.pools.names('callee'));
      case 'message':
        return set(t.kind === 'message' ? this.pools.message(t.text) : undefined);
      case 'type':
        return set(text === undefined || t.kind === 'word' ? undefined : this.pools.type(text));
      case 'global':
        return set(text === undefined ? undefined : this.pools.global(text), () => this.pools.names('global'));
      case 'constructor':
        return set(text === undefined ? undefined : this.pools.constructorOf(text), () =>
          this.pools.names('constructor'),
        );
      case 'table':
        if (t.kind !== 'callee') return set(undefined);
        this.#tableUses.push({ at, name: t.text, column: t.column, line: this.#line });
    }
  }

  finish(): FunctionImage {
    for (const f of this.#fixes) {
      const pc = this.#labelPc.get(f.name);
      if (pc === undefined) {
        const near = nearest(f.name, this.#labelPc.keys());
        this.report(f.line, f.column, `${this.name} has no label ${f.name}`, near && `did you mean ${near}?`);
      } else f.set(pc);
    }
    for (const u of this.#tableUses) {
      const index = this.#tableNames.get(u.name);
      if (index === undefined) {
        const near = nearest(u.name, this.#tableNames.keys());
        this.report(u.line, u.column, `${this.name} has no table ${u.name}`, near && `did you mean ${near}?`);
      } else this.#code[u.at] = index;
    }
    const shape = shapeOf(this.type, this.session);
    const params = this.#params ?? shape.params;
    return {
      name: this.name,
      params,
      locals: this.#locals,
      returns: this.#returns ?? (this.#params === undefined || !this.session ? shape.returns : false),
      session: this.session,
      type: this.type,
      exported: this.#exported ?? !this.name.startsWith('_'),
      code: Int32Array.from(this.#code),
      tables: this.#tables as readonly CodeTable[],
      labels: this.#labels,
      slotNames: this.#slots ?? params.map((p) => p.name),
      source: this.#source,
    };
  }
}

const describe: Readonly<Record<OperandKind, string>> = {
  constant: 'a constant',
  text: 'a text in quotes',
  local: 'the number of a local',
  slot: 'a slot such as [0] or [-1]',
  target: 'a label',
  callee: 'a function',
  session: 'a session',
  count: 'a count in parentheses',
  int: 'a number',
  message: 'a message label such as $Ping',
  constructor: 'a constructor',
  type: 'a type in angle brackets',
  global: 'a global',
  table: 'a table',
};

/** The row a word means, by what follows it. */
function chosen(rows: readonly Row[], word: string, t: readonly Token[]): Row {
  const first = t[0];
  if (word === 'raise' && first?.kind === 'string') return BY_WORD.get('raise_text')![0]!;
  if (rows.length === 1) return rows[0]!;
  const own = rows.find((r) => r.name === word)!;
  if (first?.kind !== 'callee') return own;
  const literal = rows.find((r) => r.text === `${word} @${first.text}`);
  return literal ?? rows.find((r) => r.operands[0]?.kind === 'callee') ?? own;
}
