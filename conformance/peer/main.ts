/**
 * The raw peer: run by Bun, it takes requests on standard input and answers on standard output, one JSON object a line.
 *
 * `{"id": 1, "method": "connect", "params": {...}}` is answered by `{"id": 1, "result": ...}` or
 * `{"id": 1, "error": {"code": "ECONNREFUSED", "message": "..."}}`, in the order in which operations end. The end of
 * standard input ends the process.
 */
import { libc, memory } from "./libc.js";
import { E, F_GETFL, F_SETFL, must, O_NONBLOCK, POLLIN, POLLOUT } from "./linux.js";
import { Loop } from "./loop.js";
import { createMethods, type Methods } from "./methods.js";

const STDIN = 0;
const STDOUT = 1;

const loop = new Loop();
const methods: Methods = createMethods(loop);
const answers: Buffer[] = [];
let writing = false;

async function takeRequests(): Promise<void> {
  const block = memory(256 * 1024);
  let line: Buffer[] = [];
  for (;;) {
    await loop.ready(STDIN, POLLIN);
    const count = libc.read(STDIN, block, block.length);
    if (count === -E.EAGAIN || count === -E.EINTR) continue;
    if (count <= 0) process.exit(0);
    let rest = Buffer.from(block.subarray(0, count));
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      line.push(rest.subarray(0, end));
      void answer(Buffer.concat(line).toString());
      line = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) line.push(rest);
  }
}

async function answer(line: string): Promise<void> {
  let id: unknown = null;
  try {
    const request = JSON.parse(line);
    id = request.id;
    if (!Object.hasOwn(methods, request.method)) throw new TypeError(`unknown method ${request.method}`);
    reply({ id, result: (await methods[request.method]?.(request.params ?? {})) ?? null });
  } catch (error) {
    const { code = "EINVAL", message } = error as { code?: string; message: string };
    reply({ id, error: { code, message } });
  }
}

function reply(message: object): void {
  answers.push(Buffer.from(`${JSON.stringify(message)}\n`));
  if (!writing) void giveAnswers();
}

async function giveAnswers(): Promise<void> {
  writing = true;
  for (let next = answers.shift(); next; next = answers.shift()) {
    while (next.length > 0) {
      const count = libc.write(STDOUT, next, next.length);
      if (count === -E.EPIPE) process.exit(0);
      if (count === -E.EAGAIN || count === -E.EINTR) await loop.ready(STDOUT, POLLOUT);
      else next = next.subarray(must(count, "write"));
    }
  }
  writing = false;
}

must(libc.fcntl(STDOUT, F_SETFL, must(libc.fcntl(STDOUT, F_GETFL, 0), "fcntl") | O_NONBLOCK), "fcntl");
void takeRequests();
await loop.run();
