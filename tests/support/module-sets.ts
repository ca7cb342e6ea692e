/**
 * Programs of several modules to start mutating from, in order of what requires what: each is accepted, and uses imports, data,
 * exceptions, sessions, services and host functions across modules.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { compileText } from './compile.js';

const OPTION = `constructor variant "" option None 0 params a fields
constructor variant "" option Some 1 params a fields "0" "a"`;
const BOX = `constructor record lib Box Box 0 params a fields value "a" note "string"`;
const WAY = `constructor variant lib Way Keeps 0 params a fields "0" "a"
constructor variant lib Way Takes 1 params a fields "0" "(a) -> int"
constructor variant lib Way Stops 2 params a fields`;
const PAIR = `constructor record lib Pair Pair 0 params a b fields first "a" second "lib::Box<b>"`;
const FAULT = `constructor exception lib exn Fault 0 params fields "0" "int"
constructor exception lib exn Odd 0 params fields "0" "lib::Box<string>"`;

const LIB = `module lib
${BOX}
${WAY}
${PAIR}
${FAULT}
${OPTION}
host list::reverse "list<a>" -> "list<a>"
host lib::pick "list<a>" "int" -> "option<a>"
host lib::box "a" "string" -> "lib::Box<a>"
host lib::number -> "int"
function boxed < (a) -> lib::Box<a> >:
  load 0
  push "n"
  make Box::Box
  ret
function value < (lib::Box<a>) -> a >:
  load 0
  field 0
  ret
function note < (lib::Box<a>) -> string >:
  load 0
  field 1
  ret
function apply < (lib::Way<a>, a) -> int >:
  load 0
  match Way::Takes _keeps
  field 0
  load 1
  call(1)
  ret
_keeps:
  pop
  push 0
  ret
function turned < (list<a>) -> list<a> >:
  load 0
  call_function @list::reverse
  ret
function picked < (list<a>) -> option<a> >:
  load 0
  push 1
  call_function @lib::pick
  ret
function fault < (int) -> exn >:
  load 0
  make exn::Fault
  ret
function number_of < (exn) -> int >:
  load 0
  match exn::Fault _no
  field 0
  ret
_no:
  pop
  push 0
  ret
function pair < (a, b) -> lib::Pair<a, b> >:
  load 0
  load 1
  call_function @boxed
  make Pair::Pair
  ret`;

const USER = (module: string, lines: string): string => `module ${module}
require lib
${BOX}
${WAY}
${FAULT}
${OPTION}
host std::print "a" -> "void"
host string::upper "string" -> "string"
host lib::box "a" "string" -> "lib::Box<a>"
import function lib boxed < (a) -> lib::Box<a> >
import function lib value < (lib::Box<a>) -> a >
import function lib apply < (lib::Way<a>, a) -> int >
import function lib turned < (list<a>) -> list<a> >
import function lib picked < (list<a>) -> option<a> >
import function lib fault < (int) -> exn >
import function lib number_of < (exn) -> int >
${lines}`;

const ADDS = `function adds < (int) -> int >:
  load 0
  push 1
  add
  ret`;
const MIDDLE = USER(
  'middle',
  `${ADDS}
function thing < () -> lib::Box<string> >:
  push "x"
  call_function @lib::boxed
  ret
function way < () -> lib::Way<int> >:
  push_function @adds
  make Way::Takes
  ret
function odd < () -> exn >:
  call_function @thing
  make exn::Odd
  ret
function sum < (exn) -> int >:
  load 0
  call_function @lib::number_of
  push 1
  add
  ret`,
);
const TOP = `${USER(
  'main',
  `require middle
import function middle thing < () -> lib::Box<string> >
import function middle way < () -> lib::Way<int> >
import function middle odd < () -> exn >
import function middle sum < (exn) -> int >
function shout < (exn) -> string >:
  load 0
  match exn::Odd _no
  field 0
  call_function @lib::value
  call_function @string::upper
  ret
_no:
  pop
  push "none"
  ret
function main < () -> void >:
  call_function @middle::thing
  call_function @lib::value
  push "!"
  concat
  call_function @std::print
  call_function @middle::way
  push 5
  call_function @lib::apply
  push 1
  add
  call_function @std::print
  push 7
  call_function @lib::fault
  call_function @middle::sum
  call_function @std::print
  call_function @middle::odd
  call_function @shout
  call_function @std::print
  push 3
  push 4
  list(2)
  call_function @lib::turned
  call_function @lib::picked
  call_function @std::print
  push 2
  push "b"
  call_function @lib::box
  call_function @lib::value
  push 1
  add
  call_function @std::print`,
)}`;

/** Sources by module, the one to start with last. */
const PROGRAMS: readonly Readonly<Record<string, string>>[] = [
  {
    shapes: `type Point = { x : int, y : int }
type Shape = Circle(Point, float) | Named(string, Shape) | Nothing
exception Flat(Shape)
fun area(s)
  case s
  when Circle(_, r) then r * r
  when Named(_, inner) then area(inner)
  when Nothing then raise Flat(s)
  end
end
fun moved(p, by)
  Point{p | x: p.x + by}
end
fun each(xs, f)
  [f(x) for x in xs]
end
`,
    tree: `require shapes
type Tree<a> = Leaf | Node(Tree<a>, a, Tree<a>)
fun insert(t, x)
  case t
  when Leaf then Node(Leaf, x, Leaf)
  when Node(l, y, r)
    if x < y
      Node(insert(l, x), y, r)
    else
      Node(l, y, insert(r, x))
    end
  end
end
fun fold(t, start, f)
  case t
  when Leaf then start
  when Node(l, x, r) then fold(r, f(fold(l, start, f), x), f)
  end
end
fun circles(n)
  [shapes::Circle(shapes::Point{x: i, y: 0}, 1.5) for i in 1..n]
end
`,
    main: `require shapes
require tree
fun main()
  var t = tree::Leaf
  for n in [5, 2, 8]
    t = tree::insert(t, n)
  end
  std::print(tree::fold(t, 0, |a, b| a + b))
  std::print(shapes::each(tree::circles(2), shapes::area))
  try
    std::print(shapes::area(shapes::Named("n", shapes::Nothing)))
  catch shapes::Flat(s)
    std::print(s)
  end
  std::print(shapes::moved(shapes::Point{x: 1, y: 2}, 4).x + 1)
end
`,
  },
  {
    talk: `type Word = Word(string) | Number(int)
session Adder
  on Add(a : int, b : int) from client
    client!Sum(a + b)
    loop
  or Say(w : Word) from client
    client!Said([w])
    loop
  end
end
session Once(boss)
  boss!Ready(Number(3))
  on Go(w) from boss
    boss!Done(w, "d")
  end
end
fun ask(server, n)
  let c = connect server
  c!Add(n, 1)
  on Sum(m) from c
    return m
  end
end
`,
    main: `require talk
session Helper(s, n)
  s!Helped(talk::ask(spawn talk::Adder, n))
end
fun main()
  let server = spawn talk::Adder
  std::print(talk::ask(server, 4))
  let c = connect server
  c!Say(talk::Word("w"))
  on Said(ws) from c
    std::print(ws)
  end
  let o = spawn talk::Once(self)
  on Ready(w) from o
    o!Go(w)
    on Done(x, text) from o
      std::print((x, text ++ "!"))
    end
  end
  let h = spawn Helper(self, 6)
  on Helped(n) from h
    std::print(n + 1)
  end
end
`,
  },
];

function assembled(text: string): ModuleImage {
  const made = assemble(text, 'set.qza');
  if (isLeft(made)) throw new Error(made.left.map(formatAsmError).join('\n'));
  return made.right;
}

/** Without what only compilers and debuggers read. */
const bare = (image: ModuleImage): ModuleImage => ({
  ...image,
  hash: '',
  interface: '',
  functions: image.functions.map((f) => ({ ...f, source: [], slotNames: [] })),
});

export function moduleSets(): readonly (readonly ModuleImage[])[] {
  const compiled = PROGRAMS.map((files) => {
    const { main, ...others } = files;
    const { images, diagnostics } = compileText(main!, { others });
    if (images.length === 0) throw new Error(diagnostics.map((d) => d.message).join('\n'));
    return images;
  });
  return [[LIB, MIDDLE, TOP].map(assembled), ...compiled].map((set) => set.map(bare));
}
