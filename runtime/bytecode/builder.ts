/**
 * Makes module images: the code generator and the assembler emit into it by name and get interned indices, patched
 * jump targets and source maps in return.
 * Invariant: `finish` gives an immutable image; emitting is append-only; a name is interned once, in order of first use.
 */
import { rowOf } from './isa.js';
import type {
  Callee,
  CodeTable,
  Constant,
  ConstructorImage,
  FunctionImage,
  HostImport,
  ImportSignature,
  ModuleImage,
  Param,
  SelectCase,
  SourceEntry,
} from './module.js';

/** A code position that may not be known yet. Made by `FunctionBuilder.label`, set by `place`. */
export class Label {
  pc = -1;
  constructor(readonly name: string) {}
}

/** A slot operand that names a local, whatever the number of locals will be. Made by `FunctionBuilder.slotOf`. */
export class SlotOf {
  constructor(
    readonly local: number,
    /** Operands on the stack above the locals when the instruction begins. */
    readonly height: number,
  ) {}
}

/** A select case whose message and target are still names and labels. */
export type CaseText =
  | { kind: 'message'; slot: number | SlotOf; message: string; count: number; target: Label }
  | { kind: 'down'; slot: number | SlotOf; target: Label }
  | { kind: 'any'; slot: number | SlotOf; message: string; count: number; target: Label }
  | { kind: 'any_down'; slot: number | SlotOf; target: Label }
  | { kind: 'accept'; message: string; count: number; target: Label }
  | { kind: 'after'; target: Label };

type PendingTable =
  | { kind: 'switch'; targets: Label[]; otherwise: Label }
  | { kind: 'capture'; locals: number[] }
  | { kind: 'select'; cases: CaseText[] };

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
function sameConstant(a: Constant, b: Constant): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'unit') return true;
  if (a.kind === 'bytes') return b.kind === 'bytes' && sameBytes(a.value, b.value);
  return Object.is(a.value, (b as { value: unknown }).value);
}

export interface FunctionHeader {
  readonly name: string;
  readonly params: readonly Param[];
  readonly returns: boolean;
  readonly session?: boolean;
  readonly type: string;
  readonly exported?: boolean;
}

export class ModuleBuilder {
  readonly #constants: Constant[] = [];
  readonly #messages: string[] = [];
  readonly #constructors: ConstructorImage[] = [];
  readonly #types: string[] = [];
  readonly #functions: (FunctionBuilder | undefined)[] = [];
  readonly #functionNames: string[] = [];
  readonly #callees: Callee[] = [];
  readonly #calleeOf = new Map<string, number>();
  readonly #hosts: HostImport[] = [];
  readonly #requires: { name: string; hash: string }[] = [];
  readonly #globals: { name: string; type: string }[] = [];
  readonly #index = new Map<string, number>();
  initialiser = -1;
  interface = '';

  constructor(
    readonly name: string,
    readonly sourcePath = '',
  ) {}

  #interned(kind: string, name: string, add: () => number): number {
    const key = `${kind}\u0000${name}`;
    const found = this.#index.get(key);
    if (found !== undefined) return found;
    const made = add();
    this.#index.set(key, made);
    return made;
  }

  constant(c: Constant): number {
    const key =
      c.kind === 'unit' || c.kind === 'bytes' ? undefined : `${c.kind} ${Object.is(c.value, -0) ? '-0' : c.value}`;
    if (key !== undefined) return this.#interned('constant', key, () => this.#constants.push(c) - 1);
    const found = this.#constants.findIndex((x) => sameConstant(x, c));
    return found >= 0 ? found : this.#constants.push(c) - 1;
  }
  message(name: string): number {
    return this.#interned('message', name, () => this.#messages.push(name) - 1);
  }
  type(text: string): number {
    return this.#interned('type', text, () => this.#types.push(text) - 1);
  }
  constructorOf(c: ConstructorImage): number {
    return this.#interned('constructor', `${c.module}::${c.type}::${c.name}`, () => this.#constructors.push(c) - 1);
  }
  global(name: string, type: string): number {
    return this.#interned('global', name, () => this.#globals.push({ name, type }) - 1);
  }
  require(name: string, hash = ''): number {
    return this.#interned('require', name, () => this.#requires.push({ name, hash }) - 1);
  }

  /** A callee index for a function of this module, which may be defined later. */
  callee(name: string): number {
    return this.#interned('callee', name, () => this.#callees.push({ kind: 'function', index: this.#slot(name) }) - 1);
  }
  /** A callee index for a function of the host. */
  host(h: HostImport): number {
    return this.#interned(
      'host',
      h.name,
      () => this.#callees.push({ kind: 'host', index: this.#hosts.push(h) - 1 }) - 1,
    );
  }
  /** A callee index for a function of a required module. */
  imported(module: string, name: string, signature: ImportSignature): number {
    return this.#interned('import', `${module}::${name}`, () => {
      return this.#callees.push({ kind: 'import', module: this.require(module), name, signature }) - 1;
    });
  }

  #slot(name: string): number {
    const found = this.#calleeOf.get(name);
    if (found !== undefined) return found;
    const index = this.#functions.push(undefined) - 1;
    this.#functionNames.push(name);
    this.#calleeOf.set(name, index);
    return index;
  }

  /** Begins a function. Throws if it was begun before. */
  function(header: FunctionHeader): FunctionBuilder {
    const index = this.#slot(header.name);
    if (this.#functions[index] !== undefined) throw new Error(`${header.name} is defined twice`);
    const made = new FunctionBuilder(this, header, index);
    this.#functions[index] = made;
    return made;
  }

  /** The image. Throws if a function was named but never begun, or a label never placed. */
  finish(): ModuleImage {
    const functions = this.#functions.map((f, i) => {
      if (f === undefined) throw new Error(`${this.#functionNames[i]} is named but not defined`);
      return f.finish();
    });
    return {
      name: this.name,
      hash: '',
      constants: [...this.#constants],
      messages: [...this.#messages],
      constructors: [...this.#constructors],
      types: [...this.#types],
      functions,
      callees: [...this.#callees],
      hosts: [...this.#hosts],
      requires: [...this.#requires],
      globals: [...this.#globals],
      initialiser: this.initialiser,
      interface: this.interface,
      sourcePath: this.sourcePath,
    };
  }
}

export class FunctionBuilder {
  readonly #code: number[] = [];
  readonly #fixes: { at: number; to: Label | SlotOf }[] = [];
  readonly #tables: PendingTable[] = [];
  readonly #labels: Label[] = [];
  readonly #source: SourceEntry[] = [];
  readonly #slotNames: string[];
  #locals = 0;

  constructor(
    readonly module: ModuleBuilder,
    readonly header: FunctionHeader,
    /** Place in the image's functions. */
    readonly index: number,
  ) {
    this.#slotNames = header.params.map((p) => p.name);
  }

  /** pc of the next instruction. */
  get pc(): number {
    return this.#code.length;
  }

  /** A new local; its operand for load, store and the upvalue rows. */
  local(name = ''): number {
    this.#slotNames.push(name);
    return this.header.params.length + this.#locals++;
  }

  /** The slot operand for a local, given how many operands lie above the locals just before the instruction. */
  slotOf(local: number, height: number): SlotOf {
    return new SlotOf(local, height);
  }

  /** A label to be placed later. */
  label(name = ''): Label {
    return new Label(name);
  }
  /** A label here, or the given one placed here. */
  place(label: Label = new Label('')): Label {
    label.pc = this.#code.length;
    this.#labels.push(label);
    return label;
  }

  /** Code emitted from now on comes from this place of the source (line from 1). */
  at(offset: number, line: number, inlined?: readonly string[]): this {
    const last = this.#source.at(-1);
    const entry = { pc: this.#code.length, offset, line, ...(inlined ? { inlined } : {}) };
    if (last !== undefined && last.pc === entry.pc) this.#source[this.#source.length - 1] = entry;
    else if (last?.offset !== offset || last.inlined !== inlined) this.#source.push(entry);
    return this;
  }

  /**
   * One instruction. Operands in the row's order: numbers for slots (counted down, 0 is the top), locals, counts and
   * indices; `slotOf` for a slot that is a local; a `Label` for targets; a string for a message, a text constant, or a function of this module.
   */
  emit(name: string, ...operands: (number | string | Label | SlotOf)[]): this {
    const row = rowOf(name);
    if (operands.length !== row.operands.length) throw new Error(`${name} takes ${row.operands.length} operands`);
    this.#code.push(row.code);
    row.operands.forEach((o, i) => {
      const given = operands[i]!;
      if (typeof given === 'object') this.#fixes.push({ at: this.#code.length, to: given });
      this.#code.push(typeof given === 'object' ? -1 : typeof given === 'number' ? given : this.#named(o.kind, given));
    });
    return this;
  }

  #named(kind: string, text: string): number {
    if (kind === 'message') return this.module.message(text);
    if (kind === 'text' || kind === 'constant') return this.module.constant({ kind: 'string', value: text });
    if (kind === 'callee' || kind === 'session') return this.module.callee(text);
    if (kind === 'type') return this.module.type(text);
    throw new Error(`an operand of kind ${kind} has no name`);
  }

  int(value: number): this {
    return this.emit('push', this.module.constant({ kind: 'int', value }));
  }
  float(value: number): this {
    return this.emit('push', this.module.constant({ kind: 'float', value }));
  }
  string(value: string): this {
    return this.emit('push', this.module.constant({ kind: 'string', value }));
  }
  bool(value: boolean): this {
    return this.emit('push', this.module.constant({ kind: 'bool', value }));
  }
  unit(): this {
    return this.emit('push', this.module.constant({ kind: 'unit' }));
  }
  switch(targets: readonly Label[], otherwise: Label): this {
    return this.emit('switch', this.#tables.push({ kind: 'switch', targets: [...targets], otherwise }) - 1);
  }
  select(cases: readonly CaseText[]): this {
    return this.emit('select', this.#tables.push({ kind: 'select', cases: [...cases] }) - 1);
  }
  /** A closure of a function (a callee index or a name of this module) over these locals. */
  closure(callee: number | string, locals: readonly number[]): this {
    return this.emit('make_closure', callee, this.#tables.push({ kind: 'capture', locals: [...locals] }) - 1);
  }

  finish(): FunctionImage {
    const pcOf = (label: Label): number => {
      if (label.pc < 0) throw new Error(`${this.header.name}: label ${label.name || '(unnamed)'} was never placed`);
      return label.pc;
    };
    const below = this.header.params.length + this.#locals;
    const slot = (s: number | SlotOf): number => (typeof s === 'number' ? s : below + s.height - 1 - s.local);
    const code = Int32Array.from(this.#code);
    for (const { at, to } of this.#fixes) code[at] = to instanceof Label ? pcOf(to) : slot(to);
    const caseOf = (c: CaseText): SelectCase => {
      const target = pcOf(c.target);
      const message = 'message' in c ? this.module.message(c.message) : 0;
      if (c.kind === 'message' || c.kind === 'any') return { ...c, slot: slot(c.slot), message, target };
      if (c.kind === 'accept') return { ...c, message, target };
      return c.kind === 'after' ? { ...c, target } : { ...c, slot: slot(c.slot), target };
    };
    const tables = this.#tables.map((t): CodeTable => {
      if (t.kind === 'switch') return { kind: 'switch', targets: t.targets.map(pcOf), otherwise: pcOf(t.otherwise) };
      if (t.kind === 'capture') return { kind: 'capture', locals: [...t.locals] };
      return { kind: 'select', cases: t.cases.map(caseOf) };
    });
    return {
      name: this.header.name,
      params: this.header.params,
      locals: this.#locals,
      returns: this.header.returns,
      session: this.header.session ?? false,
      type: this.header.type,
      exported: this.header.exported ?? !this.header.name.startsWith('_'),
      code,
      tables,
      labels: this.#labels.filter((l) => l.name !== '').map((l) => ({ name: l.name, pc: l.pc })),
      slotNames: [...this.#slotNames],
      source: [...this.#source],
    };
  }
}
