%% The bench programs in Erlang. Reads a program's name a line from standard input, runs it, answers with microseconds.
-module(peers).
-export([main/0]).

main() ->
  case io:get_line("") of
    eof -> halt(0);
    Line ->
      Name = list_to_atom(string:trim(Line)),
      garbage_collect(),
      {Time, _} = timer:tc(fun() -> run(Name) end),
      io:format("~b~n", [Time]),
      main()
  end.

run('ping-pong') -> ping_pong(2500000);
run(ring) -> ring(1000, 5000000);
run('fan-in') -> fan_in(10000, 100);
run(skynet) -> skynet(1000000);
run(spawn) -> spawn_many(1000000);
run(fib) -> fib(32);
run(loop) -> loop(0, 10000000, 0);
run('list-search') -> length(queens(10, 10));
run('binary-trees') -> binary_trees(16);
run('deep-recursion') -> deep(10000000);
run('selective-receive') -> selective(10000);
run(throw) -> catches(1000000, 0).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

loop(I, N, Sum) when I < N -> loop(I + 1, N, Sum + (I rem 7) * 3);
loop(_, _, Sum) -> Sum.

queens(0, _) -> [[]];
queens(K, N) -> [[Q | B] || B <- queens(K - 1, N), Q <- lists:seq(1, N), safe(Q, 1, B)].
safe(_, _, []) -> true;
safe(Q, D, [H | T]) -> Q =/= H andalso Q =/= H + D andalso Q =/= H - D andalso safe(Q, D + 1, T).

tree(0) -> {node, leaf, leaf};
tree(D) -> {node, tree(D - 1), tree(D - 1)}.
count(leaf) -> 0;
count({node, leaf, _}) -> 1;
count({node, L, R}) -> 1 + count(L) + count(R).
binary_trees(Max) ->
  _ = count(tree(Max + 1)),
  Long = tree(Max),
  levels(4, Max),
  count(Long).
levels(D, Max) when D > Max -> ok;
levels(D, Max) -> rounds(1 bsl (Max - D + 4), D, 0), levels(D + 2, Max).
rounds(0, _, Sum) -> Sum;
rounds(N, D, Sum) -> rounds(N - 1, D, Sum + count(tree(D))).

deep(0) -> 0;
deep(N) -> 1 + deep(N - 1).

thrower(0) -> throw({deep, 0});
thrower(N) -> thrower(N - 1) + 1.
catches(0, Caught) -> Caught;
catches(N, Caught) ->
  C = try thrower(2) catch throw:{deep, _} -> 1 end,
  catches(N - 1, Caught + C).

ping_pong(N) ->
  Parent = self(),
  Q = spawn(fun ponger/0),
  P = spawn(fun() -> pinger(N, Q, Parent) end),
  receive {done, P} -> Q ! stop end.
ponger() -> receive {ping, From, X} -> From ! {pong, X}, ponger(); stop -> ok end.
pinger(0, _, Parent) -> Parent ! {done, self()};
pinger(N, Q, Parent) -> Q ! {ping, self(), N}, receive {pong, X} -> pinger(X - 1, Q, Parent) end.

ring(K, Hops) ->
  Parent = self(),
  First = spawn(fun() -> receive {next, Next} -> ring_node(Next, Parent) end end),
  Last = lists:foldl(fun(_, Next) -> spawn(fun() -> ring_node(Next, Parent) end) end, First, lists:seq(2, K)),
  First ! {next, Last},
  First ! {hop, Hops},
  receive done -> First ! stop end.
ring_node(Next, Parent) ->
  receive
    {hop, 0} -> Parent ! done, ring_node(Next, Parent);
    {hop, N} -> Next ! {hop, N - 1}, ring_node(Next, Parent);
    stop -> catch (Next ! stop)
  end.

fan_in(Clients, Each) ->
  Parent = self(),
  Server = spawn(fun() -> server(0, Clients * Each, Parent) end),
  [spawn(fun() -> client(Server, Each) end) || _ <- lists:seq(1, Clients)],
  receive {done, Sum} -> Sum end.
server(Sum, 0, Parent) -> Parent ! {done, Sum};
server(Sum, N, Parent) -> receive {request, From, X} -> From ! {reply, X + 1}, server(Sum + X, N - 1, Parent) end.
client(_, 0) -> ok;
client(Server, N) -> Server ! {request, self(), N}, receive {reply, _} -> client(Server, N - 1) end.

skynet(N) -> Parent = self(), spawn(fun() -> sky(Parent, 0, N) end), receive {sum, X} -> X end.
sky(Parent, Number, 1) -> Parent ! {sum, Number};
sky(Parent, Number, Size) ->
  Self = self(),
  Part = Size div 10,
  [spawn(fun() -> sky(Self, Number + I * Part, Part) end) || I <- lists:seq(0, 9)],
  Parent ! {sum, collect(10, 0)}.
collect(0, Sum) -> Sum;
collect(K, Sum) -> receive {sum, X} -> collect(K - 1, Sum + X) end.

spawn_many(N) ->
  Parent = self(),
  All = idlers(N, Parent, []),
  [P ! stop || P <- All],
  [receive {ended, P} -> ok end || P <- All],
  ok.
idlers(0, _, All) -> All;
idlers(N, Parent, All) -> idlers(N - 1, Parent, [spawn(fun() -> idle(Parent) end) | All]).
idle(Parent) -> receive stop -> Parent ! {ended, self()} end.

selective(N) ->
  Receiver = self(),
  A = spawn(fun() -> flood(Receiver, N) end),
  receive {flooded, A} -> ok end,
  B = spawn(fun() -> answers(Receiver, N) end),
  Sum = first(B, N, 0),
  Sum + second(A, N, 0).
flood(R, N) -> [R ! {later, self(), I} || I <- lists:seq(1, N)], R ! {flooded, self()}.
answers(R, N) -> [R ! {now, self(), I} || I <- lists:seq(1, N)].
first(_, 0, Sum) -> Sum;
first(B, N, Sum) -> receive {now, B, X} -> first(B, N - 1, Sum + X) end.
second(_, 0, Sum) -> Sum;
second(A, N, Sum) -> receive {later, A, X} -> second(A, N - 1, Sum + X) end.
