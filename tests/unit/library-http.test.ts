/** HTTP: bodies as bytes, texts and streams; headers of one name; lengths; kept connections that have gone; HEAD; requests that nobody takes. */
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_GRANTS } from '../../stdlib/capabilities.js';
import { runProgram } from '../support/program.js';

const grants = { ...NO_GRANTS, net: true };
const REQUIRES = 'require bytes\nrequire list\nrequire net::http as http\n';

/** What a program prints whose client, a session of its own, does `ask` and whose server does `serve`, once. */
async function between(ask: string, serve: string): Promise<string[]> {
  const ran = await runProgram(
    `${REQUIRES}
session Client(p, url)
${ask}
  p!Done
end

fun main()
  let s = http::listen("127.0.0.1", 0)
  let c = spawn Client(self, "http://127.0.0.1:{http::port(s)}/")
${serve}
  on Done from c
    http::close_server(s)
  end
end
`,
    { grants, realTime: true },
  );
  expect(ran.end.failures).toEqual([]);
  return ran.output.trimEnd().split('\n');
}

let server: http.Server | net.Server | undefined;
afterEach(() => void server?.close());

async function listening(made: http.Server | net.Server): Promise<number> {
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as net.AddressInfo).port;
}

const main = async (body: string): Promise<string[]> => {
  const ran = await runProgram(`${REQUIRES}\nfun main()\n${body}\nend\n`, { grants, realTime: true });
  expect(ran.end.failures).toEqual([]);
  return ran.output.trimEnd().split('\n');
};

describe('bodies', () => {
  it('are bytes in both directions, and texts that lose nothing', async () => {
    const said = await between(
      `  let a = http::ask("POST", url, [], b"\\xff\\xfe\\x00")
  std::print(a.body)
  let r = http::fetch("POST", url, #{}, "\u{feff}gr\u{fc}n")
  std::print(bytes::from_string(r.body) == b"\\xef\\xbb\\xbfgr\\xc3\\xbcn\\x80")`,
      `  let x = http::accept(s)
  std::print(http::body(x) == b"\\xff\\xfe\\x00" && bytes::from_string(http::request(x).body) == http::body(x))
  http::answer(x, http::Answer{status: 200, headers: [], body: b"\\x00\\xc0"})
  let y = http::accept(s)
  http::answer(y, http::Answer{status: 200, headers: [], body: http::body(y) ++ b"\\x80"})`,
    );
    expect(said).toEqual(['true', 'b"\\x00\\xc0"', 'true']);
  });

  it('come and go piece by piece', async () => {
    const ran = await runProgram(
      `${REQUIRES}
fun whole(x : http::Exchange, got : bytes) -> bytes
  let b = http::read_body(x)
  if bytes::length(b) == 0
    got
  else
    whole(x, got ++ b)
  end
end

fun drain(r : http::Reply, got : bytes) -> bytes
  let b = http::read_reply(r)
  if bytes::length(b) == 0
    got
  else
    drain(r, got ++ b)
  end
end

session Client(p, url)
  let r = http::open("POST", url, [], bytes::from_string("0123456789"))
  std::print((http::reply_status(r), http::read_reply(r)))
  p!Go
  std::print(drain(r, b""))
end

fun main()
  let s = http::listen("127.0.0.1", 0)
  let c = spawn Client(self, "http://127.0.0.1:{http::port(s)}/")
  let x = http::accept_early(s)
  let all = whole(x, b"")
  http::begin(x, 201, [("x-kind", "stream")])
  http::write_body(x, all)
  on Go from c
    http::write_body(x, b" and more")
    http::finish(x)
    http::close_server(s)
  end
end
`,
      { grants, realTime: true },
    );
    expect(ran.output).toBe('(201, b"0123456789")\nb" and more"\n');
  });

  it('are as long as is said of them, or the client gets 500', async () => {
    const tries = (call: string): string => `  std::print(try "{${call}}" catch http::HttpError(why) then why end)\n`;
    const answer = (length: string): string =>
      `http::answer(http::accept(s), http::Answer{status: 200, headers: [("Content-Length", "${length}")], body: b"abc"})`;
    const said = await between(
      `  let answers = [http::get(url) for _ in 1..6]
  std::print([a.status for a in answers])
  std::print([a.body for a in answers if a.status == 200])`,
      `${tries(answer('4'))}${tries(answer('3x'))}${tries('http::answer(http::accept(s), http::Answer{status: 200, headers: [("Transfer-Encoding", "chunked")], body: b""})')}${tries('http::answer(http::accept(s), http::Answer{status: 204, headers: [], body: b"abc"})')}${tries('http::answer(http::accept(s), http::Answer{status: 99, headers: [], body: b""})')}${tries(answer('3'))}`,
    );
    expect(said.sort()).toEqual(
      [
        'content-length says 4, the body has 3 bytes',
        'content-length cannot be 3x',
        'transfer-encoding cannot be set: how a body is sent is chosen here',
        'an answer with status 204 has no body',
        '99 is not the status of an answer',
        'void',
        '[500, 500, 500, 500, 500, 200]',
        '["abc"]',
      ].sort(),
    );
    expect(
      await main(
        `  std::print(try "{http::ask("POST", "http://127.0.0.1:1/", [("content-length", "9")], b"abc")}" catch http::HttpError(why) then why end)`,
      ),
    ).toEqual(['content-length says 9, the body has 3 bytes']);
  });
});

describe('headers', () => {
  it('of one name are several, in both directions', async () => {
    const said = await between(
      `  let a = http::ask("GET", url, [("x-one", "1"), ("x-one", "2")], b"")
  std::print([v for (n, v) in a.headers if n == "set-cookie"])`,
      `  let x = http::accept(s)
  std::print([v for (n, v) in http::headers(x) if n == "x-one"])
  http::answer(x, http::Answer{status: 200, headers: [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], body: b""})`,
    );
    expect(said).toEqual(['["1", "2"]', '["a=1", "b=2"]']);
  });
});

describe('requests', () => {
  it('are sent again when a kept connection has gone, if that does no harm', async () => {
    const bodies: string[] = [];
    const port = await listening(
      // Closes each connection after its first answer, without saying that it will.
      net.createServer((socket) => {
        let answered = false;
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          if (answered) return void socket.destroy();
          answered = true;
          bodies.push(String(chunk).split(' ')[0]!);
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        });
      }),
    );
    const url = `"http://127.0.0.1:${port}/"`;
    expect(
      await main(`  for i in 1..4
    std::print(try "{http::get(${url}).status}" catch http::HttpError(why) then why end)
    std::print(try "{http::fetch("POST", ${url}, #{}, "x").status}" catch http::HttpError(why) then why end)
  end`),
    ).toEqual(Array.from({ length: 8 }, () => '200'));
    expect(bodies.filter((m) => m === 'POST')).toHaveLength(4);
  });

  it('are not sent twice where that might do something twice', async () => {
    let n = 0;
    const port = await listening(
      net.createServer((socket) => void socket.on('data', () => (n++, socket.destroy())).on('error', () => n)),
    );
    expect(
      await main(
        `  std::print(try "{http::fetch("POST", "http://127.0.0.1:${port}/", #{}, "x").status}" catch http::HttpError(why) then "no answer" end)`,
      ),
    ).toEqual(['no answer']);
    expect(n).toBe(1);
  });

  it('with HEAD get headers alone, and the length that the body has', async () => {
    const said = await between(
      `  let a = http::ask("HEAD", url, [], b"")
  std::print((a.status, a.body, [v for (n, v) in a.headers if n == "content-length"]))
  std::print(http::get(url).body)`,
      `  http::respond(http::accept(s), http::text(200, "twelve bytes"))
  http::respond(http::accept(s), http::text(200, "after it"))`,
    );
    expect(said).toEqual(['(200, b"", ["12"])', 'after it']);
  });

  it('that nobody takes are so many, and the others are told to come later', async () => {
    let said = '';
    const program = runProgram(
      `${REQUIRES}
fun main()
  let s = http::listen("127.0.0.1", 0)
  std::print(http::port(s))
  std::wait(5000)
  std::print("closing")
  http::close_server(s)
end
`,
      { grants, realTime: true, onOutput: (text) => (said += text) },
    );
    while (said === '') await new Promise((resolve) => setTimeout(resolve, 10));
    const agent = new http.Agent({ maxSockets: 1100 });
    let atOnce = 0;
    const statuses = await Promise.all(
      Array.from(
        { length: 1034 },
        () =>
          new Promise<number>((resolve) => {
            const asked = http.get({ port: Number(said.split('\n')[0]), host: '127.0.0.1', agent }, (m) => {
              if (!said.includes('closing')) atOnce++;
              resolve(m.resume().statusCode ?? 0);
            });
            // Those that had no connection yet when the server was closed.
            asked.on('error', () => resolve(503));
          }),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect(atOnce).toBeGreaterThan(0);
    expect(atOnce).toBeLessThanOrEqual(10);
    agent.destroy();
    await program;
  });
});
