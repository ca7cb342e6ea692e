/**
 * What compiled S-expressions need beside the language: values of any kind in one type, and the operators over them.
 * Invariant: each function does what the instruction of the same meaning does (`vmactor/instructions.ts`).
 */
const arithmetic = (name: string, word: string, value: string, guard = ''): string => `
fun _${name}(a : Value, b : Value) -> Value
  case (a, b)
  when (Num(x), Num(y))
${guard === '' ? '' : `    if y == 0.0\n      raise ActorError("ZeroDivisionError: ${guard} by zero")\n    end\n`}    _exact(x, y, ${value})
  else
    raise ActorError("TypeError: ${word} needs two numbers")
  end
end
`;

const comparison = (name: string, sign: string): string => `
fun _${name}(a : Value, b : Value) -> Value
  case (a, b)
  when (Num(x), Num(y)) then Bool(x ${sign} y)
  when (Str(x), Str(y)) then Bool(x ${sign} y)
  else raise ActorError("TypeError: a comparison needs two numbers or two strings")
  end
end
`;

export const PRELUDE = `require list
require math
require string

type Value = Num(float) | Str(string) | Bool(bool) | Nil | Unbound | Fun(string, int, (list<Value>) -> Value)

exception ActorError(string)

fun _whole(x : float) -> bool
  x == math::floor(x) && x <= 9007199254740991.0 && x >= -9007199254740991.0
end

fun _exact(x : float, y : float, result : float) -> Value
  if _whole(x) && _whole(y) && (result > 9007199254740991.0 || result < -9007199254740991.0)
    raise ActorError("OverflowError: the result is too large to be exact")
  end
  Num(result)
end

fun _add(a : Value, b : Value) -> Value
  case (a, b)
  when (Num(x), Num(y)) then _exact(x, y, x + y)
  when (Str(x), Str(y)) then Str(x ++ y)
  else raise ActorError("TypeError: OP_ADD needs two numbers or two strings")
  end
end
${arithmetic('subtract', 'OP_SUBTRACT', 'x - y')}${arithmetic('multiply', 'OP_MULTIPLY', 'x * y')}${arithmetic(
  'divide',
  'OP_DIVIDE',
  'x / y',
  'division',
)}${arithmetic('power', 'OP_POWER', 'math::pow(x, y)')}${arithmetic('modulo', 'OP_MODULO', '_remainder(x, y)', 'modulo')}
fun _remainder(x : float, y : float) -> float
  let r = x % y
  if r != 0.0 && (r < 0.0) != (y < 0.0) then r + y else r end
end
${comparison('greater', '>')}${comparison('less', '<')}${comparison('greater_equal', '>=')}${comparison('less_equal', '<=')}
fun _same(a : Value, b : Value) -> bool
  case (a, b)
  when (Num(x), Num(y)) then x == y
  when (Str(x), Str(y)) then x == y
  when (Bool(x), Bool(y)) then x == y
  when (Nil, Nil) then true
  else false
  end
end

fun _equal(a : Value, b : Value) -> Value
  Bool(_same(a, b))
end

fun _not_equal(a : Value, b : Value) -> Value
  Bool(not _same(a, b))
end

fun _truth(v : Value) -> bool
  case v
  when Bool(b) then b
  when Nil then false
  else true
  end
end

fun _and(a : Value, b : Value) -> Value
  if _truth(a) then b else a end
end

fun _or(a : Value, b : Value) -> Value
  if _truth(a) then a else b end
end

fun _not(v : Value) -> Value
  Bool(not _truth(v))
end

fun _number(x : float) -> string
  if x == 0.0
    return "0"
  end
  let text = "{x}"
  if string::ends_with(text, ".0")
    return string::slice(text, 0, string::length(text) - 2)
  end
  if string::contains(text, "e") && not string::contains(text, "e-")
    return string::replace(text, "e", "e+")
  end
  text
end

fun _show(v : Value) -> string
  case v
  when Num(x) then _number(x)
  when Str(s) then s
  when Bool(b) then "{b}"
  when Nil then "nil"
  when Unbound then "nil"
  when Fun(name, _, _) then "<function {name}>"
  end
end

fun _print(v : Value) -> Value
  std::write(_show(v) ++ "\\n")
  v
end

fun _escaped(c : string) -> string
  case c
  when "\\"" then "\\\\\\""
  when "\\\\" then "\\\\\\\\"
  when "\\n" then "\\\\n"
  when "\\t" then "\\\\t"
  when "\\r" then "\\\\r"
  else c
  end
end

fun _show_all(values : list<Value>)
  for v in list::reverse(values)
    case v
    when Str(s) then std::write("\\"" ++ string::join([_escaped(c) for c in s], "") ++ "\\"\\n")
    else std::write(_show(v) ++ "\\n")
    end
  end
end

fun _ignore(_v : Value)
  ()
end

fun _is_bound(v : Value) -> bool
  case v
  when Unbound then false
  else true
  end
end

fun _first(a : Value, b : Value) -> Value
  if _is_bound(a) then a else b end
end

fun _undefined(name : string)
  raise ActorError("KeyError: Undefined variable '" ++ name ++ "'")
end

fun _bound(v : Value, name : string) -> Value
  if not _is_bound(v)
    _undefined(name)
  end
  v
end

fun _apply(f : Value, args : list<Value>) -> Value
  case f
  when Fun(name, count, body)
    if count != list::length(args)
      raise ActorError("TypeError: {name} takes {count} arguments, got {list::length(args)}")
    end
    body(args)
  else
    raise ActorError("TypeError: only a function can be called")
  end
end

fun _call(f : Value, name : string, args : list<Value>) -> Value
  case f
  when Fun(_, _, _) then _apply(f, args)
  else
    raise ActorError("NotImplementedError: No handler for instruction 'OP_CALL_{name}'")
  end
end
`;
