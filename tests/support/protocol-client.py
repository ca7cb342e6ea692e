"""A small node in another language, written from docs/protocol.md alone (Python 3, nothing but its library).

    protocol-client.py ask HOST:PORT      dials a node: pings it, asks for a thread and a module that are not there
    protocol-client.py adder              listens; takes one thread and plays it: answers each Add(a, b) with Sum(a + b)

The secret is in QUARTZ_SECRET. What happens is printed, a line each.
"""
import hashlib
import hmac
import os
import socket
import struct
import sys

NAME = "py@1"
VERSION = 3
OPERATIONS = {  # code: name, wire types of the parameters (n number, t text, b bytes)
    1: ("hello", "ntbb"), 2: ("immigrate", "tbb"), 3: ("emigrate", "t"), 4: ("kill", "t"), 5: ("status", "ntnbb"),
    6: ("send", "tnntb"), 7: ("link", "ttn"), 8: ("lost", "tnnb"), 9: ("moved", "tt"), 10: ("module", "tnb"),
    11: ("ping", "nn"), 12: ("close", "t"), 13: ("took", "tnn"), 14: ("rest", "t"),
}
CODES = {name: (code, kinds) for code, (name, kinds) in OPERATIONS.items()}


def say(*words):
    print(*words, flush=True)


# ---- numbers, texts, lists

def uint(n):
    out = bytearray()
    while n > 0x7F:
        out.append((n & 0x7F) | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def blob(b):
    return uint(len(b)) + b


def text(s):
    return blob(s.encode())


def listed(items):
    return uint(len(items)) + b"".join(items)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def uint(self):
        n = shift = 0
        while True:
            b = self.byte()
            n |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return n

    def blob(self):
        n = self.uint()
        self.at += n
        return self.data[self.at - n:self.at]

    def text(self):
        return self.blob().decode()

    def list(self, item):
        return [item() for _ in range(self.uint())]


# ---- parcels: values that are numbers, texts and exceptions of the machine are all that this node makes

def value(v):
    if v is None:
        return b"\0"
    if isinstance(v, int):
        return b"\3" + uint(2 * v if v >= 0 else -2 * v - 1)
    return b"\5" + text(v)


def parcel(*roots):
    return uint(0) * 6 + listed([value(v) for v in roots])


def ended():
    """The exception Ended of the machine: one constructor, one object made with it."""
    constructor = b"".join(map(text, ("exception", "", "exn", "Ended"))) + uint(6) + uint(0) + text("")
    return uint(0) * 4 + listed([constructor]) + listed([b"\7" + uint(0) + uint(0)]) + listed([b"\10" + uint(0)])


def heads(data):
    """Modules and ends of a parcel, which come first."""
    r = Reader(data)
    modules = r.list(lambda: (r.text(), r.text()))
    ends = r.list(lambda: dict(link=r.text(), side=r.byte(), state=r.byte(), sent=r.uint(), received=r.uint(),
                               taken=r.uint(), watch=r.byte()))
    return modules, ends


def ints(data):
    """The values of a parcel that holds nothing but ints."""
    r = Reader(data)
    if [r.uint() for _ in range(6)] != [0] * 6:
        raise ValueError("not ints alone")

    def one():
        if r.byte() != 3:
            raise ValueError("not an int")
        n = r.uint()
        return n // 2 if n % 2 == 0 else -(n + 1) // 2
    return r.list(one)


# ---- connections

class Peer:
    def __init__(self, sock):
        self.sock, self.name = sock, ""

    def send(self, operation, *params):
        code, kinds = CODES[operation]
        out = bytes([code, len(kinds)])
        for kind, p in zip(kinds, params):
            out += {"n": lambda: b"\0" + uint(p), "t": lambda: b"\1" + text(p), "b": lambda: b"\2" + blob(p)}[kind]()
        self.sock.sendall(struct.pack(">I", len(out)) + out)

    def exactly(self, n):
        got = b""
        while len(got) < n:
            more = self.sock.recv(n - len(got))
            if not more:
                raise ConnectionError("closed without a word")
            got += more
        return got

    def next(self, *wanted):
        """The next frame that is not answered at once."""
        while True:
            r = Reader(self.exactly(struct.unpack(">I", self.exactly(4))[0]))
            name, kinds = OPERATIONS[r.byte()]
            assert r.byte() == len(kinds)
            params = []
            for kind in kinds:
                assert r.byte() == "ntb".index(kind)
                params.append(r.uint() if kind == "n" else r.text() if kind == "t" else r.blob())
            if name == "ping" and params[1] == 0:
                self.send("ping", params[0], 1)
            elif name == "rest":
                # No thread that lives here only waits for clients.
                self.send("status", CODES["rest"][0], params[0], 2, b"", b"")
            elif name == "close":
                raise ConnectionError(params[0])
            elif not wanted or name in wanted:
                return name, params

    def hello(self, dials, key):
        mine = os.urandom(16)
        proofs = [("dial", b""), ("accept", b"")]
        if dials:
            self.send("hello", VERSION, NAME, mine, b"")
        version, self.name, theirs, _ = self.next("hello")[1]
        assert version == VERSION
        names = (NAME, self.name) if dials else (self.name, NAME)
        nonces = mine + theirs if dials else theirs + mine

        def proof(role):
            lines = "".join(f"{line}\n" for line in ("quartzvm", VERSION, role, *names))
            return hmac.new(key, lines.encode() + nonces, hashlib.sha256).digest()
        if dials:
            self.send("hello", VERSION, NAME, b"", proof("dial"))
        else:
            self.send("hello", VERSION, NAME, mine, b"")
        if not hmac.compare_digest(self.next("hello")[1][3], proof("accept" if dials else "dial")):
            self.send("close", "the secret is wrong")
            raise ConnectionError("the secret is wrong")
        if not dials:
            self.send("hello", VERSION, NAME, b"", proof("accept"))
        say("connected to", self.name.split("@")[0])


def ask(peer):
    peer.send("ping", 300, 0)
    say("ping", *peer.next("ping")[1])
    peer.send("kill", f"{NAME}.7")
    say("kill", peer.next("status")[1][2])
    peer.send("module", "0" * 64, 0, b"")
    say("module missing", peer.next("module")[1][1])
    peer.send("emigrate", f"{NAME}.7")
    say("emigrate", peer.next("status")[1][2])
    peer.send("close", "that was all")


def adder(peer):
    _, (thread, context, code) = peer.next("immigrate")
    r = Reader(code)
    for name, digest in r.list(lambda: (r.text(), r.text())):
        peer.send("module", digest, 0, b"")
        content = peer.next("module")[1][2]
        # A module is named by the hash of what follows the hash in it.
        at = content.index(bytes.fromhex(digest))
        say("module", name, hashlib.sha256(content[at + 32:]).hexdigest() == digest)
    frames = r.list(lambda: (r.uint(), r.uint(), r.uint(), r.byte()))
    say("frames", len(frames))
    link = next(e for e in heads(context)[1] if not e["watch"] and e["state"] < 2)
    peer.send("status", CODES["immigrate"][0], thread, 0, b"", b"")
    say("moved", peer.next("moved")[1] == [thread, NAME])
    sent, received, watches = link["sent"], link["received"], []
    there = 1 - link["side"]
    peer.send("send", link["link"], there, sent, "There", parcel(NAME.split("@")[0]))
    sent += 1
    while True:
        name, params = peer.next("send", "link", "lost", "took")
        if name == "link" and params[2] == 1:
            watches.append(params[0])
        elif name == "send":
            assert params[:3] == [link["link"], link["side"], received]
            received += 1
            if received % 256 == 0:
                peer.send("took", link["link"], there, received)
            if params[3] == "Stop":
                break
            a, b = ints(params[4])
            peer.send("send", link["link"], there, sent, "Sum", parcel(a + b))
            sent += 1
        elif name == "lost":
            break
    say("added", received - 1)
    # The thread has ended: who has a link to it, or watches it, learns so.
    peer.send("lost", link["link"], there, sent, ended())
    for watch in watches:
        peer.send("lost", watch, 0, 0, ended())
    try:
        peer.next("close")
    except ConnectionError as why:
        say("closed:", why)


def main():
    secret = os.environ["QUARTZ_SECRET"].encode()
    key = hashlib.scrypt(secret, salt=b"quartzvm", n=2 ** 15, r=8, p=1, maxmem=2 ** 26, dklen=32)
    if sys.argv[1] == "ask":
        host, port = sys.argv[2].split(":")
        sock = socket.create_connection((host, int(port)))
    else:
        server = socket.create_server(("127.0.0.1", 0))
        say("listening at", "%s:%d" % server.getsockname())
        sock, _ = server.accept()
    peer = Peer(sock)
    peer.hello(sys.argv[1] == "ask", key)
    (ask if sys.argv[1] == "ask" else adder)(peer)


if __name__ == "__main__":
    try:
        main()
    except (ConnectionError, BrokenPipeError) as problem:
        say("refused:", problem)
        sys.exit(1)
