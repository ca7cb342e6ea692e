/**
 * Top-level items, from match tree to abstract syntax.
 * Invariant: an item that breaks a rule the grammar does not state (a constant binds a plain name) is reported and left out.
 */
import type { FieldDecl, Item, Name, RoleDecl, TypeBody, Use, VariantDecl } from '../../ast/ast.js';
import { docAbove, functionItem } from './functions.js';
import type { Actions, Tree } from '../text/grammar.js';
import { plainString } from './literals.js';
import { at, block, bracketed, elements, make, name, optional, path, problem, upTo } from './make.js';
import { annotated, params } from './patterns.js';
import { types } from './types.js';

const typeVars = (tree: Tree): readonly Name[] => {
  const written = optional(tree);
  return written === undefined ? [] : elements(written.child(1)).map(name);
};

const from = (tree: Tree): { readonly from: string } | undefined => {
  const written = optional(tree);
  return written && { from: plainString(written.child(1), 'the name of a host module') };
};

/** `awaits ".."` or `always returns` after an asynchronous function. */
const answer = (tree: Tree): { readonly awaits: string | false } | undefined => {
  const inner = optional(tree)?.child(0);
  if (inner === undefined) return undefined;
  return { awaits: inner.ctorName === 'Answer_sure' ? false : plainString(inner.child(1), 'what is waited for') };
};

/** `takes x`: the parameter that is used up. */
const takes = (tree: Tree): { readonly takes: Name } | undefined => {
  const written = optional(tree);
  return written && { takes: name(written.child(1)) };
};

/** `linear` or `affine` before `type`, and the sentence for what was forgotten after its name. */
const use = (word: Tree, sentence: Tree): { readonly use?: Use; readonly forgotten?: string } => {
  const [said, text] = [optional(word), optional(sentence)];
  return {
    ...(said && { use: said.sourceString as Use }),
    ...(text && { forgotten: plainString(text, 'what it means to forget one') }),
  };
};

const fieldDecl = (tree: Tree): FieldDecl => make(at(tree), { name: name(tree.child(0)), type: tree.child(4).type() });

const variant = (tree: Tree): VariantDecl =>
  make(at(tree), { name: name(tree.child(0)), args: types(optional(tree.child(1))) });

const role = (tree: Tree): RoleDecl => {
  const type = tree.child(5).type();
  return make(upTo(tree, type.span), { name: name(tree.child(1)), type });
};

function typeBody(tree: Tree): TypeBody {
  const inner = tree.child(0);
  switch (inner.ctorName) {
    case 'TypeBody_record':
      return make(at(inner), { kind: 'record' as const, fields: bracketed(inner).map(fieldDecl) });
    case 'TypeBody_sum':
      return make(at(inner), { kind: 'sum' as const, variants: elements(inner.child(2)).map(variant) });
    default: {
      const type = inner.type();
      return make(type.span, { kind: 'alias' as const, type });
    }
  }
}

function externFun(tree: Tree, async: boolean): Item {
  const shift = async ? 1 : 0;
  const result = annotated(optional(tree.child(4 + shift)));
  return make(at(tree), {
    kind: 'extern-fun' as const,
    ...docAbove(tree),
    async,
    name: name(tree.child(2 + shift)),
    params: params(optional(tree.child(3 + shift))),
    ...(result && { result }),
    ...takes(tree.child(5 + shift)),
    ...(async && answer(tree.child(6 + shift))),
    ...from(tree.child(6 + 2 * shift)),
  });
}

export const itemActions: Actions<Item | undefined> = {
  ItemLine: (item, _end) => item.item(),
  Require(_word, required, _as, alias) {
    const called = optional(alias);
    return make(at(this), {
      kind: 'require' as const,
      ...docAbove(this),
      path: path(required),
      ...(called && { alias: name(called) }),
    });
  },
  Session(_word, named, given, _b, annot, _sep, body, _end) {
    const annotation = annotated(optional(annot));
    return make(at(this), {
      kind: 'session' as const,
      ...docAbove(this),
      name: name(named),
      params: params(optional(given)),
      ...(annotation && { annotation }),
      body: block(optional(annot) ?? optional(given) ?? named, body),
    });
  },
  Fun(_word, _name, _params, _result, _sep, _body, _end) {
    return functionItem(this);
  },
  TypeDecl(word, _type, named, vars, sentence, _b, _equals, _b2, body) {
    const inner = typeBody(body);
    return make(upTo(this, inner.span), {
      kind: 'type' as const,
      ...docAbove(this),
      name: name(named),
      params: typeVars(vars),
      ...use(word, sentence),
      body: inner,
    });
  },
  Exception(_word, named, args) {
    return make(at(this), {
      kind: 'exception' as const,
      ...docAbove(this),
      name: name(named),
      args: types(optional(args)),
    });
  },
  Protocol(_word, named, _sep, roles, _end) {
    return make(at(this), {
      kind: 'protocol' as const,
      ...docAbove(this),
      name: name(named),
      roles: roles.children.map(role),
    });
  },
  Extern_fun(_extern, _fun, _name, _params, _result, _takes, _from) {
    return externFun(this, false);
  },
  Extern_async(_extern, _async, _fun, _name, _params, _result, _takes, _answer, _from) {
    return externFun(this, true);
  },
  Extern_type(_extern, word, _type, named, vars, sentence, given) {
    return make(at(this), {
      kind: 'extern-type' as const,
      ...docAbove(this),
      name: name(named),
      params: typeVars(vars),
      ...use(word, sentence),
      ...from(given),
    });
  },
  Test(_word, title, _sep, body, _end) {
    return make(at(this), {
      kind: 'test' as const,
      ...docAbove(this),
      title: plainString(title, 'the title of a test'),
      body: block(title, body),
    });
  },
  Let(_word, first, _b, _and, rest) {
    const group = rest.children.length > 0;
    const bound = first.child(0);
    if (group || !/^(?!(?:true|false)$)_*[a-z]\w*$/.test(bound.sourceString)) {
      problem('Q0022', at(group ? this : bound), 'a module constant is one plain name', {
        label: group ? 'this is a group' : 'this is a pattern',
        hints: ['write one `let` for each name, or move this into a function'],
      });
      return undefined;
    }
    const annotation = annotated(optional(first.child(2)));
    const value = first.child(5).expr();
    return make(upTo(this, value.span), {
      kind: 'const' as const,
      ...docAbove(this),
      name: name(bound),
      ...(annotation && { annotation }),
      value,
    });
  },
  Assign(target, _equals, _right) {
    problem('Q0022', at(target), 'a module constant needs `let`', {
      label: 'this assigns a variable, and there is none at top level',
      hints: [`write \`let ${target.sourceString} = ...\``],
    });
    return undefined;
  },
};
