/**
 * Declarations that say what cannot be: of host functions and host types.
 * Invariant: `takes` names a parameter that can be used up, so that what a call does with its arguments is never guessed.
 */
import { error, type Diagnostic } from '../diagnostics/diagnostic.js';
import { usesOf } from '../types/module/held.js';
import type { ModuleEnv } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import { partsOf, prune, type Type } from '../types/solve/type.js';
import { heldIn } from '../types/solve/uses.js';

export function externMistakes(typing: Typing, env: ModuleEnv): Diagnostic[] {
  const useOf = usesOf(typing, env);
  return typing.resolution.module.items.flatMap((item): Diagnostic[] => {
    if (item.kind === 'type' && item.body.kind === 'alias' && item.use !== undefined)
      return [
        error('Q0364', item.name.span, `\`${item.name.text}\` is another name of a type, which is used as it is`, {
          hints: [
            `a type of its own has a constructor: \`${item.use} type ${item.name.text} = ${item.name.text}(..)\``,
          ],
        }),
      ];
    if ((item.kind === 'type' || item.kind === 'extern-type') && item.forgotten !== undefined && item.use !== 'linear')
      return [
        error('Q0364', item.name.span, `\`${item.name.text}\` is not linear, so it may be forgotten`, {
          hints: ['the sentence after the name is for linear types'],
        }),
      ];
    if (item.kind !== 'extern-fun' || item.takes === undefined) return [];
    const found = typing.functions.get(item.name.text);
    const at = found?.takes?.[0];
    const type = at === undefined || found?.scheme.type.kind !== 'fun' ? undefined : found.scheme.type.params[at];
    if (type === undefined)
      return [
        error('Q0364', item.takes.span, `\`${item.name.text}\` has no parameter \`${item.takes.text}\``, {
          hints: ['`takes` names the parameter that a call uses up'],
        }),
      ];
    if (heldIn(type, useOf) !== undefined || hasVariable(type)) return [];
    return [
      error('Q0364', item.takes.span, `\`${item.takes.text}\` is plain data, which is not used up`, {
        hints: ['`takes` is for values of linear and affine types: `extern linear type Exchange`'],
      }),
    ];
  });
}

const hasVariable = (type: Type): boolean => prune(type).kind === 'var' || partsOf(prune(type)).some(hasVariable);
