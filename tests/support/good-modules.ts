/** Small modules in the text form that the verifier accepts and that do something: starting points for mutation. */
const OPTION =
  'constructor variant "" option None 0 params a fields\nconstructor variant "" option Some 1 params a fields "0" "a"\n';

export const GOOD: readonly string[] = [
  'function id < (a) -> a >:\n load 0\n ret\nfunction main < () -> int >:\n push "x"\n call_function @id\n print\n push 1\n call_function @id\n push 2\n add\n ret',
  'function main < () -> int >:\n .locals 1\n list\n cast < list<int> >\n store 0\n _head:\n push 1\n load 0\n cons\n store 0\n load 0\n length\n push 9\n gt\n jump_if _out\n loop _head\n _out:\n load 0\n head\n ret',
  `${OPTION}function get < (option<int>, int) -> int >:\n load 0\n match option::Some _none\n field 0\n ret\n _none:\n load 1\n ret\nfunction main < () -> void >:\n push 1\n make option::Some\n push 2\n call_function @get\n print\n make option::None\n push 2\n call_function @get\n print`,
  'function counter < () -> () -> int >:\n .locals 1\n table t capture 0\n push 0\n store 0\n open_upvalue 0\n make_closure @next @t\n close_upvalues 0\n ret\nfunction next < (int) -> int >:\n .param n upvalue "int"\n get_upvalue 0\n push 1\n add\n set_upvalue 0\n get_upvalue 0\n ret\nfunction main < () -> void >:\n call_function @counter\n dup\n call\n print\n call\n print',
  'function f < (int, string) -> string >:\n load 1\n ret\nfunction main < () -> void >:\n push_function @f\n push 1\n call(1)\n push "x"\n call(1)\n push "y"\n concat\n print',
  'function main < () -> int >:\n .locals 1\n push 1\n store 0\n try _h\n push 0\n push 1\n div\n store 0\n end_try\n load 0\n ret\n _h:\n print\n load 0\n ret',
  'function main < () -> void >:\n push "k"\n push 1\n map(1)\n dup\n push "k"\n index\n print\n items\n print\n push 1\n push "a"\n tuple(2)\n dup\n field 1\n print\n push 5\n with_field 0\n print\n push 1\n push 4\n range\n reverse\n print\n push b"\\x01\\x02"\n length\n print',
  'function main < () -> void >:\n table t switch\n case _a\n case _b\n else _c\n push 1\n switch @t\n _a:\n push "a"\n jump _d\n _b:\n push "b"\n jump _d\n _c:\n push "c"\n _d:\n print',
  `session T < exists A. [a : A] -> ?a{X ~> !a{Y(int) ~> End}} >:
  await_msg [0]\n cmp $X _n\n pop\n push 1\n send_msg(1) [-1] $Y\n close\n _n:\n close_err "no"
function ask < (q : !{X ~> ?{Y(int) ~> R}}) -> int, q : R >:
  send_msg [0] $X\n await_msg(1) [0]\n cmp $Y _n\n pop\n ret\n _n:\n close_err "no"
function main < () -> void >:
  push @self\n call_constructor_spawn @T\n get [0]\n call_function @ask\n neg\n print`,
  `session T < exists A. [a : A] -> rec X0 = ?a{X ~> X1, Stop ~> X2}, X1 = !a{Y(int) ~> X0}, X2 = !a{Bye ~> End} in X0 >:
  _head:\n await_msg [0]\n cmp $X _s\n pop\n push 1\n send_msg(1) [-1] $Y\n loop _head\n _s:\n cmp $Stop _n\n pop\n send_msg [0] $Bye\n close\n _n:\n close_err "no"
function main < () -> void >:
  push @self\n call_constructor_spawn @T\n get [0]\n send_msg [-1] $Stop\n await_msg [-1]\n cmp $Bye _n\n pop\n pop\n ret_void\n _n:\n close_err "no"`,
  `session S < rec X0 = exists C. ?{c.Get ~> X1, c.Stop ~> End}, X1 = !c{Val(int) ~> X0} in X0 >:
  table t select\n case accept $Get _get\n case accept $Stop _stop\n _head:\n select @t\n _get:\n push 1\n send_msg(1) [-1] $Val\n pop\n loop _head\n _stop:\n pop\n close`,
  `session S < rec X. exists C. ?{c.Get ~> !c{Val(int) ~> X}, c.Stop ~> End} >:
  table t select\n case accept $Get _get\n case accept $Stop _stop\n _head:\n select @t\n _get:\n push 1\n send_msg(1) [-1] $Val\n pop\n loop _head\n _stop:\n pop\n close
session W < exists A. exists B. (a : A) -> (b : B) -> ?{a.X(string) ~> End, b.Y ~> End, a.Down ~> End, after ~> End} >:
  table t select\n case [-2] $X(1) _x\n case [-1] $Y _y\n case down [-2] _d\n case after _y\n push 100\n select @t\n _x:\n push "!"\n concat\n print\n close\n _d:\n to_string\n print\n close\n _y:\n close
session V < exists W. (w : W) -> !w{X(string) ~> End} >:
  push "hello"\n send_msg(1) [-1] $X\n close
session U < exists W. (w : W) -> End >:\n  close
function main < () -> void >:
  spawn_empty\n spawn_empty\n spawn_empty\n call_constructor_async @W [-2]\n get [-2]\n call_constructor_async @V [-2]\n call_constructor_async @U [-1]`,
];
