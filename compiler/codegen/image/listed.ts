/**
 * Types that the image has to describe although no code of it names their constructors: the verifier lets a value leave its
 * thread without being copied only if it can see that none of its parts is a function.
 * Invariant: what is listed is what `isPlain` looked at: the two walk the same types.
 */
import { PRELUDE_VALUES } from '../../resolve/prelude.js';
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import { partsOf, prune, type Type } from '../../types/solve/type.js';
import type { Unit } from './unit.js';

/** Lists the constructors of all types in `type`, and of what they are made of. */
export function listTypes(unit: Unit, type: Type | undefined): void {
  const open = type === undefined ? [] : [type];
  const seen = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const t = prune(next);
    open.push(...partsOf(t));
    if (t.kind !== 'con') continue;
    const key = globalKey(t.id);
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...listed(unit, t.id));
  }
}

/** Lists the constructors of one type; what their fields are. */
function listed(unit: Unit, type: GlobalId): readonly Type[] {
  if (type.module === '') {
    for (const entity of PRELUDE_VALUES.values())
      if (entity.kind === 'constructor' && entity.type.name === type.name) unit.constructorOf(entity);
    return [];
  }
  const body = unit.declaration(type)?.body;
  switch (body?.kind) {
    case 'record':
      unit.constructorOf({ kind: 'record', id: type, fields: body.fields.map(([name]) => name) });
      return body.fields.map(([, field]) => field);
    case 'sum':
      body.variants.forEach(({ name, args }, tag) =>
        unit.constructorOf({ kind: 'constructor', id: { module: type.module, name }, type, tag, arity: args.length }),
      );
      return body.variants.flatMap((v) => v.args);
    case 'alias':
      return [body.type];
    default:
      return [];
  }
}
