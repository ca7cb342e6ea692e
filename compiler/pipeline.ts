/**
 * The passes in order, and nowhere else: one module from its source to bytecode, stopping after any stage.
 * Invariant: pure. What a module requires comes in as interfaces; what went wrong goes out as diagnostics.
 */
import type { ModuleImage } from '../runtime/bytecode/module.js';
import type { Module } from './ast/ast.js';
import { generate } from './codegen/generate.js';
import { knownOf } from './codegen/image/known.js';
import { type Diagnostic, isError } from './diagnostics/diagnostic.js';
import { checkOwned } from './owned/check.js';
import { parse } from './parse/parse.js';
import { checkPatterns } from './patterns/check.js';
import { check, type Protocols } from './protocol/check.js';
import { resolve } from './resolve/resolve.js';
import type { SourceFile } from './source/source.js';
import { infer } from './types/infer.js';
import type { ModuleEnv, ModuleInterface } from './types/module/interface.js';
import { encodeInterface } from './types/module/encode.js';
import { interfaceOf } from './types/module/interface-of.js';
import type { Typing } from './types/module/typing.js';
import { unusedNames } from './types/unused.js';

/** Where to stop: `ast` after parse, `types` after inference, `protocol` after composition, `asm` after code generation. */
export type Stage = 'ast' | 'types' | 'protocol' | 'asm';

export interface Options {
  /** Greatest queue bound the protocol checker tries. */
  readonly maxBound?: number;
  /** Images of modules compiled before: their declared types and which host functions may suspend. */
  readonly images?: readonly ModuleImage[];
  /** Generate code although protocols were rejected; not if they are not regular or too long, for which code would have no end. */
  readonly unsafe?: boolean;
}

/** What each pass made, as far as it got. */
export interface Compiled {
  readonly name: string;
  readonly file: SourceFile;
  readonly module: Module;
  readonly typing?: Typing;
  readonly protocols?: Protocols;
  readonly interface?: ModuleInterface;
  readonly image?: ModuleImage;
  readonly diagnostics: readonly Diagnostic[];
  /** Warnings of names that nobody uses: for commands that show a program to who writes it. */
  readonly unused?: readonly Diagnostic[];
}

/** A module parsed already; see `compiler/modules/order.ts`. */
export interface ParsedModule {
  readonly name: string;
  readonly file: SourceFile;
  readonly module: Module;
  readonly diagnostics: readonly Diagnostic[];
}

/** Protocols for which code would have no end, or none that anybody could wait for. */
const ENDLESS: ReadonlySet<string> = new Set(['Q0314', 'Q0322', 'Q0323']);

const ok = (diagnostics: readonly Diagnostic[]): boolean => !diagnostics.some(isError);

/** Everything after parse. A pass runs only where those before it found no error that it would stumble over. */
export function compileParsed(
  parsed: ParsedModule,
  env: ModuleEnv,
  stage: Stage = 'asm',
  options: Options = {},
): Compiled {
  const { name, file, module } = parsed;
  const base = { name, file, module };
  if (stage === 'ast' || !ok(parsed.diagnostics)) return { ...base, diagnostics: parsed.diagnostics };
  const resolved = resolve(module, name, env);
  const typed = infer(resolved.resolution, env);
  const { typing } = typed;
  const found = [...parsed.diagnostics, ...resolved.diagnostics, ...typed.diagnostics];
  if (!ok(found)) return { ...base, typing, diagnostics: found };
  const owned = checkOwned(typing, env);
  const patterns = [...checkPatterns(typing, env), ...owned.diagnostics];
  const seen = { ...base, typing, unused: file.isGenerated ? [] : unusedNames(typing) };
  if (stage === 'types') return { ...seen, interface: interfaceOf(owned.shown), diagnostics: [...found, ...patterns] };
  const checked = check(typing, env, options);
  const { protocols } = checked;
  const diagnostics = [...found, ...patterns, ...checked.diagnostics];
  const exports = interfaceOf(owned.shown, checked.exports);
  const done: Compiled = { ...seen, protocols, interface: exports, diagnostics };
  const fatal = diagnostics.filter((d) => options.unsafe !== true || !d.code.startsWith('Q03') || ENDLESS.has(d.code));
  const rejected = !ok(fatal);
  if (stage === 'protocol' || rejected) return done;
  const text = JSON.stringify(encodeInterface(exports));
  return {
    ...done,
    image: generate(typing, protocols, { source: file, env, owned, interface: text, ...knownOf(options.images ?? []) }),
  };
}

/** One module by itself, from its source. */
export const compileModule = (file: SourceFile, name: string, env: ModuleEnv, stage?: Stage, options?: Options) =>
  compileParsed({ name, file, ...parse(file) }, env, stage, options);
