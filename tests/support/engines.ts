/**
 * One program in several engines: which code runs where, and what can be seen of a thread between slices.
 * Invariant: what is compared is canonical: frames by function, place and slots, whichever engine wrote them.
 */
import { SITES } from '../../runtime/engine/function.js';
import type { Instance, Site } from '../../runtime/engine/function.js';
import { compileInstance } from '../../runtime/engine/jit/compile.js';
import type { CodeProgram } from '../../runtime/engine/program.js';
import { show } from '../../runtime/values/show.js';
import { Partial, Upvalue } from '../../runtime/values/value.js';
import type { Value } from '../../runtime/values/value.js';

export type Engine = 'interpreter' | 'structured' | 'switch' | 'mixed';

/** A value with what `show` hides: shared variables, what a function value holds, and a zero that should not be. */
export const text = (v: Value): string =>
  v instanceof Upvalue
    ? `^${text(v.value)}`
    : v instanceof Partial
      ? `<${v.fn.name} ${v.args.map(text).join(' ')}>`
      : Object.is(v, -0)
        ? '-0'
        : show(v);

/** The place of a frame. */
const place = (site: Site): string => `${site.fn.name}+${site.pc}${site.after ? '!' : ''}`;

/** The frames of a suspended thread, newest first. */
export function frames(program: CodeProgram): string {
  return [...program.frames()]
    .map(({ site, words, at }) => {
      const slots = words.slice(at + 1, at + 1 + site.depth).map(text);
      return `${place(site)}(${slots.join(' ')})`;
    })
    .join(' ');
}

/** Where a suspended thread will go on. */
export function newest(program: CodeProgram): string {
  for (const { site } of program.frames()) return place(site);
  return '';
}

/** Lets a module that was loaded for the interpreter run in an engine. */
export function prepare(module: Instance, engine: Engine, metered = false): void {
  module.tier = 'interpreter';
  if (engine !== 'interpreter') compileInstance(module, { switchOnly: engine === 'switch', metered });
}

/** Every function and every place of a compiled module goes on in either engine, as chance has it. */
export function switchEngines(module: Instance, random: () => number): void {
  for (const f of module.functions) {
    f.compiled = random() < 0.5;
    for (let id = f.siteBase; id < f.siteBase + 2 * f.code.length; id++) {
      const site = SITES[id];
      if (site?.compiled) site.resume = random() < 0.5 ? site.compiled : f.interpret;
    }
  }
}
