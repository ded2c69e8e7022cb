/** The plain calls: that nothing wrong reaches C, and that memory is used as it was given. */
import process from "node:process";

import { test } from "uvu";
import * as assert from "uvu/assert";

import * as libc from "./index.ts";

const { AF_UNIX, LibcError, SOCK_DGRAM, SOCK_NONBLOCK } = libc;

/** Calls are tried with what their types forbid. */
type Anything = never;

function withPair(use: (one: number, other: number) => void): void {
  const [one, other] = libc.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  try {
    use(one, other);
  } finally {
    libc.close(one);
    libc.close(other);
  }
}

function refused(call: () => unknown, error: typeof TypeError | typeof RangeError): void {
  assert.throws(call, (thrown: unknown) => thrown instanceof error && !(thrown instanceof LibcError));
}

function fails(call: () => unknown, code: string): void {
  assert.throws(call, (thrown: unknown) => thrown instanceof LibcError && thrown.code === code);
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(64);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

test("a descriptor is an integer that is not negative", () => {
  const calls: ((fd: Anything) => unknown)[] = [
    (fd) => libc.accept(fd),
    (fd) => libc.bind(fd, { family: "unspec" }),
    (fd) => libc.close(fd),
    (fd) => libc.connect(fd, { family: "unspec" }),
    (fd) => libc.fcntl(fd, libc.F_GETFD),
    (fd) => libc.getpeername(fd),
    (fd) => libc.getsockname(fd),
    (fd) => libc.getsockopt(fd, libc.SOL_SOCKET, libc.SO_TYPE),
    (fd) => libc.listen(fd, 1),
    (fd) => libc.recv(fd, 1),
    (fd) => libc.recvfrom(fd, 1),
    (fd) => libc.send(fd, new Uint8Array(1)),
    (fd) => libc.sendto(fd, new Uint8Array(1), 0, { family: "unspec" }),
    (fd) => libc.setNonblocking(fd),
    (fd) => libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_DEBUG, 0),
    (fd) => libc.shutdown(fd, libc.SHUT_WR),
  ];
  for (const call of calls) {
    for (const wrong of ["1", null, undefined, {}, 1n, true]) refused(() => call(wrong as Anything), TypeError);
    for (const wrong of [-1, 1.5, NaN, Infinity, 2 ** 31]) refused(() => call(wrong as Anything), RangeError);
    fails(() => call(0x7fff_fff0 as Anything), "EBADF");
  }
});

test("a length is one that memory can have", () => {
  withPair((one) => {
    for (const wrong of [-1, 1.5, NaN, Infinity, 2 ** 31]) {
      refused(() => libc.recv(one, wrong), RangeError);
      refused(() => libc.recvfrom(one, wrong), RangeError);
      refused(() => libc.getsockopt(one, libc.SOL_SOCKET, libc.SO_TYPE, wrong), RangeError);
    }
    // It would write 8 bytes for every byte that it is told of.
    if (process.platform === "linux") refused(() => libc.getsockopt(one, libc.SOL_SOCKET, 26, 4), RangeError);
  });
});

test("memory that is used again is not lent to the kernel", () => {
  withPair((one) => refused(() => libc.send(one, new Uint8Array(1), 0x400_0000), RangeError));
});

test("bytes are a Uint8Array that is there", () => {
  class Liar extends Uint8Array {
    override get byteLength(): number {
      return 1 << 20;
    }
    override get length(): number {
      return 1 << 20;
    }
  }
  const forged = { byteLength: 1 << 20, byteOffset: 0, buffer: new ArrayBuffer(8) };
  const pretender: unknown = Object.setPrototypeOf(forged, Uint8Array.prototype);
  withPair((one, other) => {
    for (const wrong of ["text", [1], new ArrayBuffer(8), new Uint16Array(4), null, forged, pretender, detached()]) {
      refused(() => libc.send(one, wrong as Anything), TypeError);
      refused(() => libc.recv(one, wrong as Anything), TypeError);
      refused(() => libc.recvfrom(one, wrong as Anything), TypeError);
      refused(() => libc.setsockopt(one, libc.SOL_SOCKET, libc.SO_DEBUG, wrong as Anything), TypeError);
    }
    assert.is(libc.send(one, new Liar(8)), 8);
    assert.is(libc.recv(other, 100).length, 8);
    libc.send(one, new Uint8Array(10_000).fill(1));
    assert.is(libc.recv(other, new Liar(8)), 8);
  });
});

test("memory of every kind and at every offset", () => {
  withPair((one, other) => {
    for (
      const [size, offset, length] of [[20, 3, 7], [5000, 0, 5000], [9000, 1001, 5000], [200_000, 7, 100_000]] as const
    ) {
      for (const buffer of [new ArrayBuffer(size), new SharedArrayBuffer(size)]) {
        const bytes = new Uint8Array(buffer, offset, length);
        for (let i = 0; i < length; i++) bytes[i] = i % 251;
        assert.is(libc.send(one, bytes), length);
        const whole = new Uint8Array(buffer).fill(0);
        assert.is(libc.recv(other, bytes), length);
        assert.ok(bytes.every((byte, i) => byte === i % 251));
        assert.ok(whole.subarray(0, offset).every((byte) => byte === 0));
        assert.ok(whole.subarray(offset + length).every((byte) => byte === 0));
      }
    }
  });
});

test("errno is that of the call, also while garbage is collected", () => {
  withPair((one) => {
    let garbage: unknown[] = [];
    for (let i = 0; i < 30_000; i++) {
      garbage.push(new Uint8Array(i % 3000));
      if (garbage.length > 2000) garbage = [];
      if (i % 3 === 0) fails(() => libc.recv(one, 10), "EAGAIN");
      else if (i % 3 === 1) fails(() => libc.close(0x7fff_fff0), "EBADF");
      else fails(() => libc.socket(libc.PF_IPX, SOCK_DGRAM), "EAFNOSUPPORT");
    }
  });
});

test("what the kernel lacks is the kernel's error", () => {
  fails(() => libc.socket(libc.PF_IPX, SOCK_DGRAM), "EAFNOSUPPORT");
  fails(
    () => libc.socket(libc.AF_INET, libc.SOCK_RDM),
    process.platform === "linux" ? "ESOCKTNOSUPPORT" : "EPROTOTYPE",
  );
  fails(() => libc.socket(libc.AF_INET, libc.SOCK_STREAM, libc.IPPROTO_UDP), "EPROTONOSUPPORT");
});

test("names are looked up, and numbers have their order", () => {
  const [entry] = libc.getaddrinfo("127.0.0.1", "80", { socktype: libc.SOCK_STREAM });
  assert.equal(entry?.address, { family: "ipv4", host: "127.0.0.1", port: 80 });
  assert.is(libc.getaddrinfo("::1", null, { flags: libc.AI_CANONNAME })[0]?.canonname, "::1");
  fails(() => libc.getaddrinfo("no.such.host", null, { flags: libc.AI_NUMERICHOST }), "EAI_NONAME");
  refused(() => libc.getaddrinfo("a\0b", null), RangeError);
  assert.equal([libc.htons(0x1234), libc.htonl(0x12345678), libc.ntohl(0xff)], [0x3412, 0x78563412, 0xff000000]);
  assert.is(libc.inet_pton(libc.AF_INET6, "::g"), undefined);
  assert.is(libc.inet_ntop(libc.AF_INET6, libc.inet_pton(libc.AF_INET6, "2001:db8::1") as Uint8Array), "2001:db8::1");
});

test("poll writes what came", () => {
  withPair((one, other) => {
    const fds = [{ fd: one, events: libc.POLLIN, revents: -1 }, { fd: 0x7fff_fff0, events: 0, revents: -1 }];
    assert.is(libc.poll(fds, 0), 1);
    assert.equal(fds.map(({ revents }) => revents), [0, libc.POLLNVAL]);
    libc.send(other, new Uint8Array(1));
    libc.poll(fds, 0);
    assert.is(fds[0]?.revents, libc.POLLIN);
    refused(() => libc.poll([{ fd: one, events: -1 }], 0), RangeError);
    refused(() => libc.poll({} as Anything, 0), TypeError);
  });
});

test.run();
