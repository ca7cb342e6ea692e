/**
 * Loaded code: functions, host functions, module instances, and sites, the places where a frame can be suspended.
 * Invariant: a frame on the heap is a site's number and as many slots as the site says, whichever engine wrote it; a
 * site's number never changes its meaning while the realm lives.
 */
import type { CodeTable, ModuleImage } from '../bytecode/module.js';
import { ROWS } from '../bytecode/isa.js';
import { slots } from '../bytecode/effect.js';
import type { Callable, Constructor, Label, Value } from '../values/value.js';
import { Partial } from '../values/value.js';
import { passed } from '../process/registers.js';
import type { Facts, Region } from './analyse.js';

/** `plain` as it is, `copy` with captured variables copied, `end` moved or linked. */
export type Passing = 'plain' | 'copy' | 'end';
export type Resume = (frames: unknown[], at: number, value: Value) => Value;
export type Fast = (...args: Value[]) => Value;

/** A place where a frame can rest: before an instruction, or after a call in it (`after`), whose result is pushed on resumption. */
export class Site {
  resume: Resume;
  /** The compiled way in, if there is one. */
  compiled: Resume | null = null;
  constructor(
    readonly id: number,
    readonly fn: Fn,
    readonly pc: number,
    readonly after: boolean,
    /** Slots of the frame at this site. */
    readonly depth: number,
    /** After a call: is a result pushed? */
    readonly pushes: boolean,
  ) {
    this.resume = fn.interpret;
  }
  /** pc to go on at. */
  get next(): number {
    return this.after ? this.pc + ROWS[this.fn.code[this.pc]!]!.length : this.pc;
  }
}

/** All sites of the realm by number. A function owns two numbers for each word of its code; sites are made when needed. */
export const SITES: Site[] = [];

/** A constant of a module. */
export class Global {
  value: Value = undefined;
  ready = false;
  constructor(readonly name: string) {}
}

/** A row of a select table with its label resolved. */
export interface Case {
  readonly index: number;
  readonly kind: 'message' | 'down' | 'any' | 'any_down' | 'accept' | 'after';
  readonly slot: number;
  readonly label: Label | null;
  readonly count: number;
  readonly target: number;
}

export interface SelectTable {
  readonly kind: 'select';
  readonly cases: readonly Case[];
  readonly after: Case | null;
  /** Every case accepts: only a client's first message can end the wait. */
  readonly acceptsOnly: boolean;
  /** Every case awaits a message of a link or of a pool's members, or the time. */
  readonly linksOnly: boolean;
  /** Every case awaits a message of a pool's members, or the loss of one. */
  readonly poolsOnly: boolean;
}
export type LoadedTable = Exclude<CodeTable, { kind: 'select' }> | SelectTable;

/** Which engine runs a module: `auto` begins in the interpreter and compiles what is hot. */
export type Tier = 'auto' | 'interpreter' | 'compiled';

/** A module loaded into a VM. */
export class Instance {
  functions: Fn[] = [];
  /** Filled after the functions are made, which share it. */
  readonly callees: Callee[] = [];
  constants: Value[] = [];
  labels: Label[] = [];
  constructors: Constructor[] = [];
  globals: Global[] = [];
  /** Work done by its functions in the interpreter: when it is much, the module is compiled. */
  heat = 0;
  /** Compiled, or known not to be compilable. */
  settled = false;
  tier: Tier = 'auto';
  /** Compile so that allocation is counted. */
  metered = false;
  constructor(
    readonly image: ModuleImage,
    readonly hash: string,
    /** Hashes of all that it is made from, by name, and its own: in its types a name means that module. */
    readonly closure: ReadonlyMap<string, string>,
    /** What it requires, by name. */
    readonly required: ReadonlyMap<string, Instance>,
  ) {}
  /** The exported function or session called `name`. */
  exported(name: string): Fn | undefined {
    return this.functions.find((f) => f.name === name && f.image.exported);
  }
}

/** Functions in the order of their sites. */
const owners: Fn[] = [];

/** The function that owns a site number. */
export function ownerOf(site: number): Fn {
  let low = 0;
  let high = owners.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (owners[middle]!.siteBase <= site) low = middle;
    else high = middle - 1;
  }
  return owners[low]!;
}

/** A loaded function or session. */
export class Fn implements Callable {
  readonly kind = 'function';
  readonly name: string;
  readonly arity: number;
  readonly returns: boolean;
  /** Code with `ret_void` after its end. */
  readonly code: Int32Array;
  /** The code with frequent sequences marked at their beginnings, made when an interpreter that fuses them needs it. */
  fused: Int32Array | null = null;
  /** Slots at entry: parameters and locals. */
  readonly entryDepth: number;
  readonly maxDepth: number;
  /** Reductions an entry costs: the host stack a compiled frame can take, in units of 160 bytes. */
  readonly weight: number;
  readonly value: Partial;
  readonly siteBase: number;
  /** Called by compiled code and by the interpreter when `compiled`. */
  fast: Fast;
  compiled = false;
  /** Entries, counted until the function is hot. */
  entries = 0;
  readonly constants: readonly Value[];
  readonly callees: readonly Callee[];
  /** By parameter: how an argument gets to a new thread. */
  readonly passing: readonly Passing[];
  /** All arguments go over as they are. */
  readonly plain: boolean;
  /** Regions by pc. */
  readonly region: readonly (Region | null)[];
  readonly holdsEnds: boolean;

  constructor(
    readonly instance: Instance,
    readonly index: number,
    readonly facts: Facts,
    readonly tables: readonly LoadedTable[],
    code: Int32Array,
    readonly interpret: Resume,
    makeFast: (fn: Fn) => Fast,
    passing: readonly Passing[],
  ) {
    const image = this.image;
    this.name = image.name;
    this.arity = image.params.length;
    this.returns = image.returns;
    this.code = code;
    this.entryDepth = image.params.length + image.locals;
    this.maxDepth = facts.maxDepth;
    this.weight = Math.ceil((112 + 16 * facts.maxDepth) / 160);
    this.value = new Partial(this, []);
    this.siteBase = SITES.length;
    this.constants = instance.constants;
    this.callees = instance.callees;
    this.passing = passing;
    this.plain = passing.every((p) => p === 'plain');
    this.region = facts.region;
    this.holdsEnds = facts.holdsEnds;
    SITES.length += 2 * code.length;
    owners.push(this);
    this.fast = makeFast(this);
  }

  get image(): ModuleImage['functions'][number] {
    return this.instance.image.functions[this.index]!;
  }

  /** The site before the instruction at pc, or after the call in it. */
  site(pc: number, after: boolean): Site {
    const id = this.siteBase + 2 * pc + (after ? 1 : 0);
    return SITES[id] ?? (SITES[id] = this.#makeSite(id, pc, after));
  }

  #makeSite(id: number, pc: number, after: boolean): Site {
    const depth = this.facts.depth[pc]!;
    if (!after) return new Site(id, this, pc, false, depth, false);
    const row = ROWS[this.code[pc]!]!;
    const taken = slots(this.instance.image, this.image, pc, row.inputs);
    const pushes = row.meaning.kind === 'flow' && row.meaning.flow === 'apply' ? true : this.#calleeAt(pc).returns;
    return new Site(id, this, pc, true, depth - taken, pushes);
  }
  #calleeAt(pc: number): Callee {
    return this.instance.callees[this.code[pc + 1]!]!;
  }

  /** The exception in flight passed here. */
  trace(pc: number): void {
    passed(this.siteBase + 2 * pc);
  }
}

/** A function of the host. `fast` checks the result and turns failures into HostError; asynchronous ones suspend. */
export class HostFn implements Callable {
  readonly kind = 'host';
  readonly compiled = true;
  constructor(
    readonly name: string,
    readonly arity: number,
    readonly returns: boolean,
    readonly fast: Fast,
    /** Nothing that another thread or the world outside can notice. */
    readonly silent = false,
  ) {}
}

export type Callee = Fn | HostFn;
