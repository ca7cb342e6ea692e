/**
 * The functions that the machine and the library offer to code, with their types: the one list that the compiler holds the
 * library's declarations against, that the verifier judges every module by, and that says what a call may give.
 * Invariant: nothing else in these modules can be called, whoever asks for it and whatever it declares.
 */
import type { HostImport } from './module.js';

const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bytes: {
    length: '(bytes) -> int',
    slice: '(bytes, int, int) -> bytes',
    to_list: '(bytes) -> list<int>',
    from_list: '(list<int>) -> bytes',
    from_string: '(string) -> bytes',
    to_string: '(bytes) -> option<string>',
    to_hex: '(bytes) -> string',
    from_hex: '(string) -> option<bytes>',
    to_base64: '(bytes) -> string',
    from_base64: '(string) -> option<bytes>',
  },
  crypto: {
    sha256: '(string) -> string',
    hash: '(string, bytes) -> bytes',
    hmac: '(string, bytes, bytes) -> bytes',
    random_bytes: '(int) -> bytes',
    equal: '(bytes, bytes) -> bool',
  },
  env: {
    get: '(string) -> option<string>',
    all: '() -> map<string, string>',
  },
  exn: {
    name: '(exn) -> string',
    trace: '(exn) -> list<string>',
  },
  file: {
    _read: 'async (string) -> result<bytes, string>',
    _write: 'async (string, bytes) -> result<(), string>',
    _append: 'async (string, bytes) -> result<(), string>',
    _list: 'async (string) -> result<list<string>, string>',
    _remove: 'async (string) -> result<(), string>',
    _make_folder: 'async (string) -> result<(), string>',
    _rename: 'async (string, string) -> result<(), string>',
    _size: 'async (string) -> result<int, string>',
    _exists: 'async (string) -> result<bool, string>',
    _is_folder: 'async (string) -> result<bool, string>',
  },
  float: {
    parse: '(string) -> option<float>',
    format: '(float, int) -> string',
    round: '(float) -> int',
    floor: '(float) -> int',
    ceiling: '(float) -> int',
    truncate: '(float) -> int',
    is_nan: '(float) -> bool',
    is_finite: '(float) -> bool',
  },
  int: {
    parse: '(string) -> option<int>',
    parse_base: '(string, int) -> option<int>',
    to_base: '(int, int) -> string',
    to_float: '(int) -> float',
    bit_and: '(int, int) -> int',
    bit_or: '(int, int) -> int',
    bit_xor: '(int, int) -> int',
    shift_left: '(int, int) -> int',
    shift_right: '(int, int) -> int',
    bit_count: '(int) -> int',
  },
  io: {
    read_line: 'async () -> option<string>',
    read_all: 'async () -> string',
    print_error: '(string) -> void',
  },
  json: {
    _steps: '(string) -> result<list<(int, float, string)>, (string, int)>',
    _from_number: '(float) -> string',
    _quote: '(string) -> string',
  },
  list: {
    length: '(list<a>) -> int',
    slice: '(list<a>, int, int) -> list<a>',
    skip: '(list<a>, int) -> list<a>',
    set: '(list<a>, int, a) -> list<a>',
    reverse: '(list<a>) -> list<a>',
    sort: '(list<a>) -> list<a>',
  },
  map: {
    size: '(map<a, b>) -> int',
    has: '(map<a, b>, a) -> bool',
    get: '(map<a, b>, a) -> option<b>',
    set: '(map<a, b>, a, b) -> map<a, b>',
    remove: '(map<a, b>, a) -> map<a, b>',
    keys: '(map<a, b>) -> list<a>',
    values: '(map<a, b>) -> list<b>',
    entries: '(map<a, b>) -> list<(a, b)>',
  },
  math: {
    sqrt: '(float) -> float',
    pow: '(float, float) -> float',
    exp: '(float) -> float',
    log: '(float) -> float',
    log10: '(float) -> float',
    log2: '(float) -> float',
    sin: '(float) -> float',
    cos: '(float) -> float',
    tan: '(float) -> float',
    asin: '(float) -> float',
    acos: '(float) -> float',
    atan: '(float) -> float',
    atan2: '(float, float) -> float',
    hypot: '(float, float) -> float',
    floor: '(float) -> float',
  },
  'net::http': {
    _listen: 'async (string, int) -> result<net::http::Server, string>',
    _accept: 'async (net::http::Server) -> result<net::http::Exchange, string>',
    _accept_early: 'async (net::http::Server) -> result<net::http::Exchange, string>',
    _respond: 'async (net::http::Exchange, int, map<string, string>, string) -> result<(), string>',
    _answer: 'async (net::http::Exchange, int, list<(string, string)>, bytes) -> result<(), string>',
    _begin: 'async (net::http::Exchange, int, list<(string, string)>) -> result<(), string>',
    _write_body: 'async (net::http::Exchange, bytes) -> result<(), string>',
    _finish: 'async (net::http::Exchange) -> result<(), string>',
    _read_body: 'async (net::http::Exchange) -> result<bytes, string>',
    _fetch: 'async (string, string, map<string, string>, string) -> result<(int, map<string, string>, string), string>',
    _ask: 'async (string, string, list<(string, string)>, bytes) -> result<(int, list<(string, string)>, bytes), string>',
    _open: 'async (string, string, list<(string, string)>, bytes) -> result<net::http::Reply, string>',
    _read_reply: 'async (net::http::Reply) -> result<bytes, string>',
    _request: '(net::http::Exchange) -> (string, string, map<string, string>, string)',
    body: '(net::http::Exchange) -> bytes',
    headers: '(net::http::Exchange) -> list<(string, string)>',
    reply_status: '(net::http::Reply) -> int',
    reply_headers: '(net::http::Reply) -> list<(string, string)>',
    close_reply: '(net::http::Reply) -> void',
    port: '(net::http::Server) -> int',
    close_server: '(net::http::Server) -> void',
  },
  'net::tcp': {
    _listen: 'async (string, int) -> result<net::tcp::Listener, string>',
    _accept: 'async (net::tcp::Listener) -> result<net::tcp::Connection, string>',
    _connect: 'async (string, int) -> result<net::tcp::Connection, string>',
    _read: 'async (net::tcp::Connection) -> result<bytes, string>',
    _write: 'async (net::tcp::Connection, bytes) -> result<(), string>',
    port: '(net::tcp::Listener) -> int',
    close_connection: '(net::tcp::Connection) -> void',
    finish_writing: '(net::tcp::Connection) -> void',
    writer: '(net::tcp::Connection) -> net::tcp::Writer',
    _write_to: 'async (net::tcp::Writer, bytes) -> result<(), string>',
    close_listener: '(net::tcp::Listener) -> void',
  },
  node: {
    connect: 'async (string) -> node::Node',
    here: '() -> node::Node',
    name: '(node::Node) -> string',
  },
  path: {
    join: '(list<string>) -> string',
    name: '(string) -> string',
    folder: '(string) -> string',
    ending: '(string) -> string',
    is_absolute: '(string) -> bool',
  },
  process: {
    _run: 'async (string, list<string>, string) -> result<(int, string, string), string>',
  },
  random: {
    entropy: '() -> int',
    _mix: '(int) -> int',
    _step: '(int) -> (int, int)',
    _unit: '(int) -> float',
  },
  regex: {
    read_with: '(string, string) -> result<regex::Regex, string>',
    names: '(regex::Regex) -> list<string>',
    _find: '(regex::Regex, string, int, int) -> (list<(string, int, list<option<string>>)>, int, int)',
    _first: '(regex::Regex, string) -> option<(string, int, list<option<string>>)>',
    matches: '(regex::Regex, string) -> bool',
    _replace: '(regex::Regex, string, string, int, int) -> (string, int, int)',
    _split: '(regex::Regex, string, int, int) -> (list<string>, int, int)',
  },
  std: {
    print: '(a) -> void',
    write: '(string) -> void',
    wait: 'async (int) -> void',
    get_time_ms: '() -> int',
    args: '() -> list<string>',
    exit: '(int) -> void',
    _mark: '() -> int',
    _let_go: '(a) -> void',
    _let_go_since: '(int) -> void',
  },
  string: {
    length: '(string) -> int',
    slice: '(string, int, int) -> string',
    split: '(string, string) -> list<string>',
    lines: '(string) -> list<string>',
    words: '(string) -> list<string>',
    join: '(list<string>, string) -> string',
    trim: '(string) -> string',
    trim_start: '(string) -> string',
    trim_end: '(string) -> string',
    replace: '(string, string, string) -> string',
    upper: '(string) -> string',
    lower: '(string) -> string',
    contains: '(string, string) -> bool',
    starts_with: '(string, string) -> bool',
    ends_with: '(string, string) -> bool',
    index_of: '(string, string) -> option<int>',
    repeat: '(string, int) -> string',
    pad_start: '(string, int, string) -> string',
    pad_end: '(string, int, string) -> string',
    chars: '(string) -> list<string>',
    codepoints: '(string) -> list<int>',
    from_codepoints: '(list<int>) -> string',
    is_letters: '(string) -> bool',
    is_space: '(string) -> bool',
  },
  test: {
    _difference: '(string, string) -> string',
    _temp_folder: 'async () -> result<string, string>',
    _free_port: 'async () -> result<int, string>',
  },
  thread: {
    current: '() -> thread',
    kill: 'async (thread) -> void',
    pause: '(thread) -> void',
    resume: '(thread) -> void',
    clear: 'async (thread) -> void',
    fork: 'async (thread) -> thread',
    set_priority: '(thread, int) -> void',
    _info: '(thread) -> (string, int, int, int)',
    migrate: 'async (thread, node::Node) -> void',
  },
  time: {
    now: '() -> int',
    monotonic: '() -> float',
    to_iso: '(int) -> string',
    parse_iso: '(string) -> option<int>',
    _date: '(int) -> list<int>',
    _moment: '(list<int>) -> int',
  },
};

const known = new Map<string, HostImport>();

/** `(int, list<a>) -> string`, cut at the commas between parameters. */
function importOf(name: string, text: string): HostImport {
  const [, waits, inside, result] = /^(async )?\((.*)\) -> (.*)$/.exec(text)!;
  const params: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= inside!.length; i++) {
    const c = inside![i];
    if (c === '(' || c === '<') depth++;
    else if (c === ')' || c === '>') depth--;
    else if (depth === 0 && (c === ',' || c === undefined) && i > from) {
      params.push(inside!.slice(from, i).trim());
      from = i + 1;
    }
  }
  return { name, params, result: result!, async: waits !== undefined };
}

const cut = (name: string): number => Math.max(0, name.lastIndexOf('::'));

/** The module of `name`, as in `net::http::port`. */
export const moduleOfHost = (name: string): string => name.slice(0, cut(name));

/** Does the library have functions of the host in this module? Then nobody else has. */
export const isLibraryModule = (module: string): boolean => Object.hasOwn(TYPES, module);

/** A function of the machine or the library by its full name, with its only type. */
export function libraryFunction(name: string): HostImport | undefined {
  const found = known.get(name);
  if (found !== undefined) return found;
  const module = moduleOfHost(name);
  const short = name.slice(cut(name) + 2);
  if (!isLibraryModule(module) || !Object.hasOwn(TYPES[module]!, short)) return undefined;
  const made = importOf(name, TYPES[module]![short]!);
  known.set(name, made);
  return made;
}

/** Types that only the library's functions make, by full name: nothing is known of their values, so nobody can say what they hold. */
export const libraryTypes: ReadonlySet<string> = new Set(
  Object.values(TYPES).flatMap((all) => Object.values(all).flatMap((text) => text.match(/(?:\w+::)+[A-Z]\w*/g) ?? [])),
);

/** All of them, by module in order of names. */
export const libraryFunctions = (): readonly HostImport[] =>
  Object.entries(TYPES).flatMap(([module, all]) =>
    Object.keys(all).map((name) => libraryFunction(`${module}::${name}`)!),
  );

/** A signature for messages: `async (int) -> void`. */
export const hostText = (h: HostImport): string => `${h.async ? 'async ' : ''}(${h.params.join(', ')}) -> ${h.result}`;
