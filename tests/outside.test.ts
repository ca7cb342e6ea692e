/**
 * What comes from outside belongs to a thread: when it ends, however that is, its connections close, its requests are answered,
 * its calls are given up; and what it sends on is the receiver's.
 */
import { readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NO_GRANTS } from '../stdlib/capabilities.js';
import { runProgram } from './support/program.js';

const grants = { ...NO_GRANTS, net: true, run: true, input: true };
const PATIENT = { timeout: 600_000, interval: 50 };

/** Descriptors of this process: sockets of clients and of the program alike. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

interface Running {
  readonly port: number;
  readonly output: () => string;
  /** The program is told to end, and does. */
  readonly stop: () => Promise<void>;
}

const running: Running[] = [];
const sockets: net.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const program of running.splice(0)) await program.stop();
});

/** A program whose first line is the port it listens on, and which exits when somebody connects and says `stop` there. */
async function started(text: string): Promise<Running> {
  let output = '';
  let ready = (): void => undefined;
  const listening = new Promise<void>((resolve) => (ready = resolve));
  const ended = runProgram(text, {
    grants,
    realTime: true,
    onOutput: (more) => {
      output += more;
      if (output.includes('\n')) ready();
    },
  });
  await Promise.race([listening, ended]);
  const [port = 0, control = 0] = (output.split('\n')[0] ?? '').split(' ').map(Number);
  const program = {
    port,
    output: () => output,
    stop: async () => {
      net.connect(control, '127.0.0.1').on('error', () => undefined);
      await ended;
    },
  };
  running.push(program);
  return program;
}

const TCP = 'require bytes\nrequire net::tcp as tcp\nrequire thread\n';
/** Listens on a second port, and ends the program when somebody comes. */
const CONTROL = `
session Control(l : tcp::Listener)
  let c = tcp::accept(l)
  tcp::close_connection(c)
  std::exit(0)
end
`;

function client(port: number, said = ''): net.Socket & { text: string; over: boolean } {
  const socket = Object.assign(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), {
    text: '',
    over: false,
  });
  sockets.push(socket);
  socket.on('data', (chunk) => (socket.text += String(chunk)));
  socket.on('error', () => (socket.over = true));
  socket.on('end', () => (socket.over = true));
  if (said !== '') socket.write(said);
  return socket;
}

const serving = (sessions: string, body: string): string => `${TCP}${CONTROL}${sessions}
fun go(l : tcp::Listener)
${body}
  go(l)
end

fun main()
  let l = tcp::listen("127.0.0.1", 0)
  let control = tcp::listen("127.0.0.1", 0)
  spawn Control(control)
  std::print("{tcp::port(l)} {tcp::port(control)}")
  go(l)
end
`;

describe('a program that exits', () => {
  it('lets go of all that its threads own, though none of them has ended', async () => {
    const before = descriptors();
    const program = await started(
      serving('session Holder(c : tcp::Connection)\n  std::wait(1000000)\nend\n', '  spawn Holder(tcp::accept(l))'),
    );
    const clients = Array.from({ length: 5 }, () => client(program.port));
    await vi.waitFor(() => expect(descriptors()).toBeGreaterThanOrEqual(before + 12), PATIENT);
    await program.stop();
    await vi.waitFor(() => expect(clients.every((c) => c.over)).toBe(true), PATIENT);
    for (const c of clients) c.destroy();
    const late = client(program.port);
    await vi.waitFor(() => expect(late.over).toBe(true), PATIENT);
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before + 1), PATIENT);
  });
});

describe('connections', () => {
  it.each([
    ['fails', '  std::print(1 / (bytes::length(b) - bytes::length(b)))\n'],
    ['ends without closing it', ''],
    ['is killed', '  thread::kill(thread::current())\n'],
    ['sends it to a thread that fails', '  spawn Fails(c)\n'],
    ['sends it in a message to one that never reads it', '  let d = spawn Deaf(self)\n  d!Have(c)\n  drop d\n'],
  ])('close when their thread %s', async (_, then) => {
    const program = await started(
      serving(
        `
session Fails(c : tcp::Connection)
  raise tcp::TcpError("as you wish")
end

session Deaf(p)
  on Have(c : tcp::Connection) from p
    tcp::close_connection(c)
  or Down(r) from p
    ()
  end
end

session Handler(c : tcp::Connection)
  let b = tcp::read(c)
${then}end
`,
        '  spawn Handler(tcp::accept(l))',
      ),
    );
    const before = descriptors();
    const clients = Array.from({ length: 30 }, () => client(program.port, 'hello'));
    await vi.waitFor(() => expect(clients.every((c) => c.over)).toBe(true), PATIENT);
    for (const c of clients) c.destroy();
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before + 2), PATIENT);
  });

  it('give their descriptors back although the other side neither reads nor closes', async () => {
    const program = await started(
      serving('', '  let c = tcp::accept(l)\n  tcp::write(c, b"bye\\n")\n  tcp::close_connection(c)'),
    );
    const before = descriptors();
    const clients = Array.from({ length: 100 }, () => client(program.port, 'x'.repeat(1000)));
    await vi.waitFor(() => expect(clients.every((c) => c.text === 'bye\n')).toBe(true), PATIENT);
    // The clients' own stay; those of the program go.
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before + 100 + 2), PATIENT);
  });

  it('go on with whom they were handed to, when who accepted them has ended', async () => {
    const program = await started(
      serving(
        `
session Talks(c : tcp::Connection)
  std::wait(200)
  tcp::write(c, b"still here")
  tcp::close_connection(c)
end

session Takes(p)
  on Have(c : tcp::Connection) from p
    std::wait(200)
    tcp::write(c, tcp::read(c))
    tcp::close_connection(c)
  end
end

session First(c : tcp::Connection)
  spawn Talks(c)
end

session Second(c : tcp::Connection)
  let t = spawn Takes(self)
  t!Have(c)
end
`,
        '  spawn First(tcp::accept(l))\n  spawn Second(tcp::accept(l))',
      ),
    );
    const first = client(program.port);
    await new Promise((resolve) => first.once('connect', resolve));
    const second = client(program.port, 'echo');
    await vi.waitFor(() => expect([first.text, second.text]).toEqual(['still here', 'echo']), PATIENT);
  });

  it('can be written to when the other side has said all it will, and can say so themselves', async () => {
    const program = await started(
      serving(
        `
fun all(c : tcp::Connection, got : bytes) -> bytes
  let b = tcp::read(c)
  if bytes::length(b) == 0
    got
  else
    all(c, got ++ b)
  end
end

session Handler(c : tcp::Connection)
  let said = all(c, b"")
  std::wait(50)
  tcp::write(c, b"you said " ++ said)
  tcp::close_connection(c)
end
`,
        '  spawn Handler(tcp::accept(l))',
      ),
    );
    const half = client(program.port);
    half.end('everything');
    await vi.waitFor(() => expect(half.text).toBe('you said everything'), PATIENT);
    const other = await runProgram(
      `${TCP}
fun main()
  let c = tcp::open("127.0.0.1", ${program.port})
  tcp::write(c, b"half")
  tcp::finish_writing(c)
  std::print(tcp::read(c))
  std::print(tcp::read(c))
  tcp::close_connection(c)
end
`,
      { grants, realTime: true },
    );
    expect(other.output).toBe('b"you said half"\nb""\n');
  });

  it('go to the next acceptor when the first was killed, and listeners are closed with the last who has them', async () => {
    const ran = await runProgram(
      `${TCP}
session Acceptor(l : tcp::Listener, name)
  let c = tcp::accept(l)
  std::print("{name} accepted")
  tcp::close_connection(c)
  Acceptor(l, name)
end

session Opens(p)
  let l = tcp::listen("127.0.0.1", 0)
  p!At(tcp::port(l))
  let a = spawn Acceptor(l, "helper")
  on Stop from p
    thread::kill(a)
  end
end

fun main()
  let l = tcp::listen("127.0.0.1", 0)
  let first = spawn Acceptor(l, "first")
  std::wait(20)
  thread::kill(first)
  spawn Acceptor(l, "second")
  for i in 1..3
    let c = tcp::open("127.0.0.1", tcp::port(l))
    std::print(tcp::read(c))
    tcp::close_connection(c)
  end
  let o = spawn Opens(self)
  on At(port) from o
    let c = tcp::open("127.0.0.1", port)
    std::print(tcp::read(c))
    o!Stop
    std::wait(100)
    std::print(try "{tcp::open("127.0.0.1", port)}" catch tcp::TcpError(why) then why end)
  end
  std::exit(0)
end
`,
      { grants, realTime: true },
    );
    expect(ran.output.split('\n').filter((line) => line !== 'b""')).toEqual([
      ...['second accepted', 'second accepted', 'second accepted', 'helper accepted'],
      ...['the connection was refused', ''],
    ]);
  });

  it('can be written to by threads that do not have them, until they are closed', async () => {
    const program = await started(
      serving(
        `
session Says(w, word, p)
  for i in 1..3
    tcp::write_to(w, bytes::from_string("{word}{i} "))
  end
  p!Said
end

session Handler(c : tcp::Connection)
  let w = tcp::writer(c)
  let a = spawn Says(w, "a", self)
  let b = spawn Says(w, "b", self)
  on Said from a
    on Said from b
      std::print("{tcp::read(c)}")
    end
  end
  tcp::close_connection(c)
  try
    tcp::write_to(w, b"more")
  catch tcp::TcpError(why)
    std::print(why)
  end
end
`,
        '  spawn Handler(tcp::accept(l))',
      ),
    );
    const c = client(program.port);
    await vi.waitFor(() => expect(c.text.split(' ').sort()).toEqual(['', 'a1', 'a2', 'a3', 'b1', 'b2', 'b3']), PATIENT);
    c.write('heard');
    await vi.waitFor(() => expect(program.output()).toContain('b"heard"\nthe connection is closed\n'), PATIENT);
    expect(c.text).not.toContain('more');
  });

  it('are flat in number over many that come and misbehave', async () => {
    const program = await started(
      serving(
        `
session Handler(c : tcp::Connection)
  let b = tcp::read(c)
  if bytes::length(b) < 3
    raise tcp::TcpError("too short")
  end
  tcp::write(c, b)
end
`,
        '  spawn Handler(tcp::accept(l))',
      ),
    );
    const before = descriptors();
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 30 }, (_, i) => client(program.port, ['a', 'abc', ''][i % 3]));
      await vi.waitFor(() => expect(clients.every((c, i) => i % 3 === 2 || c.over)).toBe(true), PATIENT);
      for (const c of clients) c.resetAndDestroy();
    }
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before + 2), PATIENT);
  });
});

describe('other calls', () => {
  it('end the programs they run, and leave lines of input to others', async () => {
    const began = performance.now();
    const ran = await runProgram(
      `require io
require process
require thread

session Runs()
  std::print(process::run("sleep", ["30"], "").code)
end

session Reads(name)
  std::print("{name} {io::read_line()}")
end

fun main()
  let r = spawn Runs()
  let first = spawn Reads("first")
  std::wait(20)
  thread::kill(r)
  thread::kill(first)
  spawn Reads("second")
end
`,
      { grants, realTime: true, stdin: 'one\ntwo\n' },
    );
    expect(performance.now() - began).toBeLessThan(25_000);
    expect(ran.output).toMatch(/^(first Some\("one"\)\nsecond Some\("two"\)|second Some\("one"\))\n$/);
  });
});

const HTTP = 'require net::http as http\nrequire net::tcp as tcp\nrequire bytes\nrequire thread\n';
const answering = (session: string): string => `${HTTP}${CONTROL}
session Gone(p)
  drop p
end

session Answer(x : http::Exchange)
${session}end

fun go(s : http::Server)
  spawn Answer(http::accept(s))
  go(s)
end

fun main()
  let s = http::listen("127.0.0.1", 0)
  let control = tcp::listen("127.0.0.1", 0)
  spawn Control(control)
  std::print("{http::port(s)} {tcp::port(control)}")
  go(s)
end
`;

const get = (port: number, path = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent: false }, (message) => {
      let text = '';
      message.on('data', (chunk) => (text += String(chunk)));
      message.on('end', () => resolve(`${message.statusCode} ${text}`));
      message.on('error', () => resolve(`${message.statusCode} ${text} and it broke off`));
    });
    request.on('error', reject);
  });

describe('requests', () => {
  it.each([
    ['fails', '  std::print(1 / (bytes::length(http::body(x)) - 0))\n  http::respond(x, http::text(200, ""))\n'],
    ['is killed', '  thread::kill(thread::current())\n  http::respond(x, http::text(200, ""))\n'],
    ['gives it to somebody who leaves', '  let g = spawn Gone(self)\n  g!Take(x)\n  drop g\n'],
  ])('are answered with 500 when their thread %s', async (_, session) => {
    const program = await started(answering(session));
    expect(await get(program.port)).toBe('500 internal server error\n');
  });

  it.each([
    ['it was given away', 'answer(x, 0)', ''],
    ['it was accepted', 'answer(http::accept(s), 0)', ''],
    ['it is looked at by', 'http::request(x).url ++ "{1 / 0}"', '  http::respond(x, http::text(200, "after"))\n'],
  ])('are answered at once where something fails after %s, though the thread goes on', async (_, body, after) => {
    const outer = body.includes('accept(s)') ? '' : '  let x = http::accept(s)\n';
    const program = await started(`${HTTP}${CONTROL}
fun answer(x, n)
  std::print(http::request(x).url)
  http::respond(x, http::text(200, "{100 / n}"))
end

fun go(s)
${outer}  try
    std::print(${body})
  catch DivideByZero
    std::print("failed")
  end
${after}  go(s)
end

fun main()
  let s = http::listen("127.0.0.1", 0)
  let control = tcp::listen("127.0.0.1", 0)
  spawn Control(control)
  std::print("{http::port(s)} {tcp::port(control)}")
  go(s)
end
`);
    for (let n = 0; n < 2; n++)
      expect(await get(program.port)).toBe(after === '' ? '500 internal server error\n' : '200 after');
    expect(program.output()).toContain('failed\n');
  });

  it('that were answered in part break off', async () => {
    const program = await started(
      answering(
        '  http::begin(x, 200, [])\n  http::write_body(x, b"some")\n  std::wait(50)\n  raise http::HttpError("x")\n',
      ),
    );
    await expect(get(program.port)).resolves.toBe('200 some and it broke off');
  });

  it('whose client has gone cannot be answered', async () => {
    const program = await started(
      answering(
        '  std::wait(300)\n  std::print(try "{http::respond(x, http::text(200, ""))}" catch http::HttpError(why) then why end)\n',
      ),
    );
    const gone = http.get({ port: program.port, host: '127.0.0.1', agent: false });
    gone.on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.destroy();
    await vi.waitFor(() => expect(program.output()).toContain('the client is gone'), PATIENT);
  });
});

describe('threads that are paused at the end', () => {
  it('are stuck, whatever they were doing; services that wait for clients are not', async () => {
    const ran = await runProgram(
      `require thread

session Busy(n : int)
  Busy(n + 1)
end

session Sleeps()
  std::wait(10)
end

session Server()
  on Ask from client
    client!Answer
    loop
  end
end

fun main()
  let b = spawn Busy(0)
  let s = spawn Sleeps()
  thread::pause(b)
  thread::pause(s)
  spawn Server
  std::wait(50)
end
`,
    );
    expect(ran.end.exitCode).toBe(1);
    expect(ran.end.stuck.map((s) => `${s.where} waits for ${s.waitsFor}`)).toEqual([
      'Busy (main.qz:4) waits for somebody to resume it',
      'Sleeps (main.qz:8) waits for somebody to resume it',
    ]);
  });
});
