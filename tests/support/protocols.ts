/**
 * A small program through parse, resolve, types and protocol, for the tests of the protocol pass. `std` has the few host
 * functions that these programs use.
 */
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { parse } from '../../compiler/parse/parse.js';
import type { Checked } from '../../compiler/protocol/check.js';
import { check } from '../../compiler/protocol/check.js';
import { crashProgressOf, progressOf } from '../../compiler/protocol/compose/progress.js';
import { signatures } from '../../compiler/protocol/signatures.js';
import { resolve } from '../../compiler/resolve/resolve.js';
import { SourceFile } from '../../compiler/source/source.js';
import { infer } from '../../compiler/types/infer.js';
import { interfaceOf } from '../../compiler/types/module/interface-of.js';
import type { ModuleEnv, ModuleInterface } from '../../compiler/types/module/interface.js';
import type { Typing } from '../../compiler/types/module/typing.js';

export interface Outcome {
  readonly typing: Typing;
  readonly checked: Checked;
  readonly signatures: readonly string[];
  /** `kind names: verdict; progress`, one a composition. */
  readonly verdicts: readonly string[];
  /** `severity code line`, one a diagnostic. */
  readonly found: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly interface: ModuleInterface;
}

const lineOf = (d: Diagnostic): number => (d.span === undefined ? 0 : d.span.file.position(d.span.start).line + 1);

function frontEnd(text: string, name: string, env: ModuleEnv): Typing {
  const file = new SourceFile(`${name}.qz`, text);
  const parsed = parse(file);
  const resolved = resolve(parsed.module, name, env);
  const typed = infer(resolved.resolution, env);
  const problems = [...parsed.diagnostics, ...resolved.diagnostics, ...typed.diagnostics].filter(isError);
  if (problems.length > 0) throw new Error(problems.map((d) => `${d.code} line ${lineOf(d)}: ${d.message}`).join('\n'));
  return typed.typing;
}

const STD =
  'extern fun print(x : a)\nextern async fun wait(ms : int) always returns\nextern fun get_time_ms() -> int\n';
export const standard: ModuleEnv = new Map([['std', interfaceOf(frontEnd(STD, 'std', new Map()))]]);

export function run(text: string, name = 'main', env: ModuleEnv = standard): Outcome {
  const typing = frontEnd(text, name, env);
  const checked = check(typing, env);
  const { protocols, diagnostics } = checked;
  return {
    typing,
    checked,
    signatures: signatures(typing, protocols),
    verdicts: protocols.compositions.map((c) => {
      const crash = crashProgressOf(c);
      return `${c.cluster.kind} ${c.cluster.name}: ${c.verdict.verdict}; ${progressOf(c)}${crash === undefined ? '' : `; ${crash}`}`;
    }),
    found: diagnostics.map((d) => `${d.severity} ${d.code} ${lineOf(d)}`),
    diagnostics,
    interface: interfaceOf(typing, checked.exports),
  };
}
