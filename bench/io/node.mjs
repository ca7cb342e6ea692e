// The programs of this folder by hand in JavaScript, on Node: `node node.mjs NAME [folder]`.
import { readFile, rename, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import readline from 'node:readline';

const serving = (server) => server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const programs = {
  empty: () => undefined,
  http: () => {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    serving(http.createServer((request, response) => response.writeHead(200, headers).end('hello')));
  },
  tcp: () => serving(net.createServer((socket) => socket.on('error', () => undefined).pipe(socket))),
  lines: async () => {
    let total = 0;
    for await (const line of readline.createInterface({ input: process.stdin })) total += 1 + [...line].length;
    console.log(total);
  },
  files: async (folder) => {
    const text = '0123456789'.repeat(1000);
    let total = 0;
    for (let i = 1; i <= 500; i++) {
      await writeFile(`${folder}/${i}.tmp`, text);
      await rename(`${folder}/${i}.tmp`, `${folder}/${i}`);
    }
    for (let i = 1; i <= 500; i++) total += (await readFile(`${folder}/${i}`)).length;
    console.log(total);
  },
  json: () => {
    const item = (i) => `{"name":"item ${i}","price":${i}.5,"tags":["a","b"],"there":true}`;
    const text = `[${Array.from({ length: 20000 }, (_, i) => item(i + 1)).join(',')}]`;
    let total = 0;
    for (let i = 0; i < 5; i++) total += JSON.stringify(JSON.parse(text)).length;
    console.log(total);
  },
  sort: () => {
    const xs = [];
    for (let i = 0, seed = 42; i < 200000; i++) xs.push((seed = (seed * 1103515 + 12345) % 2147483647));
    xs.reverse();
    let total = 0;
    for (let i = 0; i < 5; i++) total += xs.toSorted((a, b) => a - b)[0] + xs.toSorted((a, b) => b - a)[0];
    console.log(total);
  },
  map: () => {
    const m = new Map();
    for (let i = 0; i < 100000; i++) m.set((i * 7919) % 100003, i);
    let total = 0;
    for (let i = 0; i < 1000000; i++) total += (m.get(i % 100003) ?? 0) % 7;
    console.log(total);
  },
};

await programs[process.argv[2]](process.argv[3]);
