%% The programs of bench/io in Erlang: `erl -noshell -s outside main NAME [folder]`.
-module(outside).
-export([main/1]).

main([empty | _]) -> halt();
main([http | _]) ->
    serving([binary, {packet, http_bin}, {active, false}, {backlog, 1024}, {reuseaddr, true}], fun http/1);
main([tcp | _]) ->
    serving([binary, {active, false}, {backlog, 1024}, {reuseaddr, true}], fun echo/1);
main([lines | _]) ->
    ok = io:setopts([binary, {encoding, latin1}]),
    io:format("~p~n", [lines(0)]),
    halt();
main([files, Folder]) ->
    F = atom_to_list(Folder),
    Text = binary:copy(<<"0123456789">>, 1000),
    lists:foreach(fun(I) ->
        Name = F ++ "/" ++ integer_to_list(I),
        ok = file:write_file(Name ++ ".tmp", Text),
        ok = file:rename(Name ++ ".tmp", Name)
    end, lists:seq(1, 500)),
    Total = lists:sum([begin {ok, B} = file:read_file(F ++ "/" ++ integer_to_list(I)), byte_size(B) end || I <- lists:seq(1, 500)]),
    io:format("~p~n", [Total]),
    halt();
main([sort | _]) ->
    Xs = numbers(200000, 42, []),
    Total = lists:sum([hd(lists:sort(Xs)) + hd(lists:sort(fun(A, B) -> A >= B end, Xs)) || _ <- lists:seq(1, 5)]),
    io:format("~p~n", [Total]),
    halt();
main([map | _]) ->
    M = fill(0, #{}),
    io:format("~p~n", [look(0, M, 0)]),
    halt().

numbers(0, _, Found) -> Found;
numbers(N, Seed, Found) ->
    Next = (Seed * 1103515 + 12345) rem 2147483647,
    numbers(N - 1, Next, [Next | Found]).

fill(100000, M) -> M;
fill(I, M) -> fill(I + 1, M#{I * 7919 rem 100003 => I}).

look(1000000, _, Total) -> Total;
look(I, M, Total) -> look(I + 1, M, Total + maps:get(I rem 100003, M, 0) rem 7).

lines(Total) ->
    case file:read_line(standard_io) of
        {ok, Line} -> lines(Total + byte_size(Line));
        eof -> Total
    end.

serving(Options, Handle) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}} | Options]),
    {ok, Port} = inet:port(L),
    io:format("~p~n", [Port]),
    accept(L, Handle).

accept(L, Handle) ->
    {ok, S} = gen_tcp:accept(L),
    Pid = spawn(fun() -> receive go -> Handle(S) end end),
    ok = gen_tcp:controlling_process(S, Pid),
    Pid ! go,
    accept(L, Handle).

echo(S) ->
    case gen_tcp:recv(S, 0) of
        {ok, B} -> ok = gen_tcp:send(S, B), echo(S);
        {error, _} -> gen_tcp:close(S)
    end.

http(S) ->
    case gen_tcp:recv(S, 0) of
        {ok, http_eoh} ->
            ok = gen_tcp:send(S, <<"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 5\r\n\r\nhello">>),
            http(S);
        {ok, _} -> http(S);
        {error, _} -> gen_tcp:close(S)
    end.
