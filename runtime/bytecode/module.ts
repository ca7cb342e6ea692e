/**
 * The module image: what the compiler, the assembler and the decoder make, the verifier judges and the machine loads.
 * Invariant: plain immutable data, whatever its origin; nothing here is trusted until `verify` has seen it. Every
 * operand of kind callee, session, constructor, message, constant, type, global or table is an index into these lists.
 */

/** A constant: what `push` can push. `float` keeps 3.0 apart from 3. */
export type Constant =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'unit' };

/** What a parameter holds: plain data, one end of a link, a thread reference, a pool, or an upvalue a closure captured. */
export type ParamKind = 'data' | 'end' | 'reference' | 'pool' | 'upvalue';

export interface Param {
  readonly name: string;
  readonly kind: ParamKind;
  /** Type text, as the declared type writes it. */
  readonly type: string;
}

export type CodeTable =
  /** `switch`: target pcs by index, and where every other int goes. */
  | { readonly kind: 'switch'; readonly targets: readonly number[]; readonly otherwise: number }
  /** `make_closure`: the locals to capture, in the order of the function's first parameters. */
  | { readonly kind: 'capture'; readonly locals: readonly number[] }
  | { readonly kind: 'select'; readonly cases: readonly SelectCase[] };

/**
 * A case of `select`. `slot` counts down from the top before the row pops anything; `message` indexes the labels;
 * `count` is its payload's size; `target` a pc. Pushed at the target: `message` payload; `down` reason; `any` end,
 * payload; `any_down` end, reason; `accept` end, payload; `after` nothing. Payloads are pushed last first.
 */
export type SelectCase =
  | {
      readonly kind: 'message';
      readonly slot: number;
      readonly message: number;
      readonly count: number;
      readonly target: number;
    }
  | { readonly kind: 'down'; readonly slot: number; readonly target: number }
  | {
      readonly kind: 'any';
      readonly slot: number;
      readonly message: number;
      readonly count: number;
      readonly target: number;
    }
  | { readonly kind: 'any_down'; readonly slot: number; readonly target: number }
  | { readonly kind: 'accept'; readonly message: number; readonly count: number; readonly target: number }
  | { readonly kind: 'after'; readonly target: number };

/** From `pc` on (up to the next entry) the code comes from this place of the source. Offsets in UTF-16 units, lines from 1. */
export interface SourceEntry {
  readonly pc: number;
  readonly offset: number;
  readonly line: number;
  /** Functions inlined here, innermost first: names for traces. */
  readonly inlined?: readonly string[];
}

export interface FunctionImage {
  readonly name: string;
  readonly params: readonly Param[];
  /** Local slots beside the parameters; the operand stack begins above them. */
  readonly locals: number;
  /** Does a call push a value? (`void` functions and sessions: no.) */
  readonly returns: boolean;
  readonly session: boolean;
  /** The declared type, as printed: `(int) -> int`, `exists S. [s : S] -> ?s{..}`. */
  readonly type: string;
  readonly exported: boolean;
  /** Opcodes and operand words. Falling off the end is `ret_void`. */
  readonly code: Int32Array;
  readonly tables: readonly CodeTable[];
  /** Names of pcs, for the text form. */
  readonly labels: readonly { readonly name: string; readonly pc: number }[];
  /** Names of slots of params and locals, for debuggers; may be shorter than the frame. */
  readonly slotNames: readonly string[];
  /** Sorted by pc. */
  readonly source: readonly SourceEntry[];
}

/** What `call_function`, spawns and closures name. */
export type Callee =
  | { readonly kind: 'function'; readonly index: number }
  | { readonly kind: 'import'; readonly module: number; readonly name: string; readonly signature: ImportSignature }
  | { readonly kind: 'host'; readonly index: number };

/** What this module relies on about a function of another; checked when both are there. */
export interface ImportSignature {
  readonly params: readonly Param[];
  readonly returns: boolean;
  readonly session: boolean;
  readonly type: string;
}

/** A function of the host, such as `std::print`. */
export interface HostImport {
  readonly name: string;
  readonly params: readonly string[];
  /** Result type text, or `void` when a call pushes nothing. */
  readonly result: string;
  /** May suspend the calling thread. */
  readonly async: boolean;
}

/** A required module: by name, and by content hash once linked (empty: whatever is loaded under that name). */
export interface Requirement {
  readonly name: string;
  readonly hash: string;
}

/**
 * A constructor of a variant, a record or an exception. Two of the same module, type, name and fields are the same.
 * `tag` is its number among the constructors of its type.
 */
export interface ConstructorImage {
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly kind: 'variant' | 'record' | 'exception';
  readonly tag: number;
  /** Field types as texts (type parameters by name); for a record also their names. */
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  /** Type parameters of the type. */
  readonly params: readonly string[];
}

export interface ModuleImage {
  readonly name: string;
  /** SHA-256 of the encoded content, lower-case hex; empty until encoded (`sealed` gives it). */
  readonly hash: string;
  readonly constants: readonly Constant[];
  /** Message labels. */
  readonly messages: readonly string[];
  readonly constructors: readonly ConstructorImage[];
  /** Type texts that `cast` names. */
  readonly types: readonly string[];
  readonly functions: readonly FunctionImage[];
  readonly callees: readonly Callee[];
  readonly hosts: readonly HostImport[];
  readonly requires: readonly Requirement[];
  readonly globals: readonly { readonly name: string; readonly type: string }[];
  /** Function that initialises the globals, run once when the module is loaded; -1 if there is none. */
  readonly initialiser: number;
  /** The exported interface for compilers of other modules (JSON); the machine does not read it. */
  readonly interface: string;
  /** The source file's path as given to the compiler. */
  readonly sourcePath: string;
}

/** Number of arguments a callee takes, and whether a call pushes a value. */
export function arityOf(image: ModuleImage, callee: number): { readonly args: number; readonly returns: boolean } {
  const c = image.callees[callee]!;
  if (c.kind === 'function') {
    const f = image.functions[c.index]!;
    return { args: f.params.length, returns: f.returns };
  }
  if (c.kind === 'import') return { args: c.signature.params.length, returns: c.signature.returns };
  const h = image.hosts[c.index]!;
  return { args: h.params.length, returns: h.result !== 'void' };
}

/** The name a callee has in text: `f`, `module::f`, `std::print`. */
export function calleeName(image: ModuleImage, callee: number): string {
  const c = image.callees[callee]!;
  if (c.kind === 'function') return image.functions[c.index]!.name;
  if (c.kind === 'import') return `${image.requires[c.module]!.name}::${c.name}`;
  return image.hosts[c.index]!.name;
}

/** Index of the function or session called `name`, or -1. */
export const functionIndex = (image: ModuleImage, name: string): number =>
  image.functions.findIndex((f) => f.name === name);
