/** Parse, resolve and infer small programs in tests. */
import { readFileSync } from 'node:fs';
import { parse } from '../../compiler/parse/parse.js';
import { resolve } from '../../compiler/resolve/resolve.js';
import { SourceFile } from '../../compiler/source/source.js';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { infer } from '../../compiler/types/infer.js';
import { interfaceOf } from '../../compiler/types/module/interface-of.js';
import type { ModuleEnv, ModuleInterface } from '../../compiler/types/module/interface.js';
import { Names, showType } from '../../compiler/types/solve/show.js';
import type { Typing } from '../../compiler/types/module/typing.js';

export interface Checked {
  readonly typing: Typing;
  readonly diagnostics: readonly Diagnostic[];
}

export function check(text: string, env: ModuleEnv = standard(), name = 'test'): Checked {
  const { module, diagnostics } = parse(new SourceFile(`${name}.qz`, text));
  const resolved = resolve(module, name, env);
  const inferred = infer(resolved.resolution, env);
  return {
    typing: inferred.typing,
    diagnostics: [...diagnostics, ...resolved.diagnostics, ...inferred.diagnostics],
  };
}

let std: ModuleEnv | undefined;

/** The environment of a program: the module `std`. */
export function standard(): ModuleEnv {
  if (std === undefined) {
    const text = readFileSync(new URL('../../stdlib/std.qz', import.meta.url), 'utf8');
    std = new Map([['std', interfaceOf(check(text, new Map(), 'std').typing)]]);
  }
  return std;
}

/** `standard()` and modules given as texts, each seeing those before it. */
export function withModules(texts: Readonly<Record<string, string>>): ModuleEnv {
  const env = new Map<string, ModuleInterface>(standard());
  for (const [name, text] of Object.entries(texts)) env.set(name, interfaceOf(check(text, env, name).typing));
  return env;
}

/** `name : type` for each function, constant and session, in source order. */
export function signatures(typing: Typing): string[] {
  return typing.resolution.module.items.flatMap((item) => {
    if (item.kind === 'fun')
      return [`${item.name.text} : ${showType(typing.functions.get(item.name.text)!.scheme.type)}`];
    if (item.kind === 'const') return [`${item.name.text} : ${showType(typing.consts.get(item.name.text)!.type)}`];
    if (item.kind !== 'session') return [];
    const session = typing.sessions.get(item.name.text)!;
    const names = new Names();
    const params = session.params.map((p) => showType(p.type, names)).join(', ');
    const service = session.service && ` serves ${showType({ kind: 'end', end: session.service }, names)}`;
    return [`${item.name.text}(${params})${service ?? ''}`];
  });
}

/** `code line: message` of each error, in order. */
export const messages = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(
    (d) => `${d.code} ${d.span === undefined ? '-' : d.span.file.position(d.span.start).line + 1}: ${d.message}`,
  );
