/**
 * What the host starts functions and sessions with: values of its own, or of the machine, each for the type of its parameter.
 * Invariant: code that was verified with these types finds values of them, also where a type variable stands in several places;
 * what is not of the type is refused before anything runs.
 */
import type { Fn } from '../engine/function.js';
import type { Judge } from '../judge/frames.js';
import { Together, ValueJudge } from '../judge/values.js';
import type { Value } from '../values/value.js';
import type { Ty } from '../verify/terms/types.js';
import { notationOf, toValue, typesWithin, WrongValue } from './convert.js';

/** Throws `WrongValue`. */
export function argumentsOf(fn: Fn, given: readonly unknown[], modules: Judge['modules']): readonly Value[] {
  if (given.length === 0) return [];
  const of = modules.of(fn.instance);
  const signature = of.signature(fn.index);
  // Types that cannot be read are the compiler's own, of code that was made here.
  if (signature === undefined) return given as readonly Value[];
  const judge = new ValueJudge(modules, of, new Together());
  const said = (i: number): string => {
    const { name, type } = fn.image.params[i]!;
    return `argument ${i + 1} of ${fn.name}, ${name === '' ? type : `${name} : ${type}`}`;
  };
  const pairs = given.map((v, i): readonly [Value, Ty] => {
    const p = signature.params[i]!;
    if (p.kind === 'end' || p.kind === 'pool' || p.kind === 'upvalue')
      throw new WrongValue(`${said(i)}: only a thread has what is needed here`);
    return [converted(judge, fn, i, p.type, v, said), p.type];
  });
  const open = pairs.some(([, t]) => t.open);
  const variables = open ? judge.solve(pairs) : new Map<string, Ty>();
  const wrong = variables === undefined ? 0 : pairs.findIndex(([v, t]) => !judge.slot(v, t, variables));
  if (wrong >= 0) throw new WrongValue(`${said(wrong)}: the arguments agree on no types`);
  return pairs.map(([v]) => v);
}

function converted(judge: ValueJudge, fn: Fn, at: number, type: Ty, v: unknown, said: (i: number) => string): Value {
  // What a variable stands for is found from all arguments. Bytes are copied, since the host may go on to write into them.
  const fits = (x: Value): boolean => judge.fits(x, type.open ? judge.of.env.types.any : type);
  if (!(v instanceof Uint8Array) && fits(v as Value)) return v as Value;
  const notation = notationOf(fn.image.params[at]!.type);
  try {
    if (notation === undefined) throw new WrongValue('it is something else');
    const made = toValue(notation, v, typesWithin(fn.instance));
    if (fits(made)) return made;
    throw new WrongValue('it is something else');
  } catch (e) {
    if (e instanceof WrongValue) throw new WrongValue(`${said(at)}: ${e.message}`);
    throw e;
  }
}
