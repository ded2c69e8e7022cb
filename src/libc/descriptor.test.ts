/** The rule that a descriptor is never guessed wrong. */
import { test } from "uvu";
import * as assert from "uvu/assert";

import { kernelOf } from "../core/kernel.ts";
import type { Kernel, SocketIdentity } from "../core/kernel.ts";
import { openDescriptors } from "./descriptors.ts";
import * as libc from "./index.ts";

const kernel = kernelOf({}) as Kernel;
const noDelay = { level: libc.IPPROTO_TCP, name: libc.TCP_NODELAY };
const loopback = { family: "ipv4" as const, host: "127.0.0.1", port: 0 };

function read(socket: SocketIdentity): number | undefined {
  return kernel.getOption(socket, noDelay, 4)[0];
}

function fails(call: () => unknown, code: string): void {
  assert.throws(call, (thrown: unknown) => thrown instanceof libc.LibcError && thrown.code === code);
}

/** A connection as both of its ends are known, and its listener. */
function connection(): {
  fds: [number, number, number];
  client: SocketIdentity;
  accepted: SocketIdentity;
  listener: SocketIdentity;
} {
  const listening = kernel.open({ family: "ipv4", options: [], local: loopback });
  kernel.listen(listening, 5);
  const at = kernel.localAddress(listening);
  const client = libc.socket(libc.AF_INET, libc.SOCK_STREAM);
  libc.connect(client, at);
  const { fd: accepted } = libc.accept(listening);
  const from = kernel.localAddress(client);
  const identity = (local: typeof at, remote: typeof at | undefined): SocketIdentity => {
    return { type: "stream", local, remote, descriptor: undefined };
  };
  return {
    fds: [client, accepted, listening],
    client: identity(from, at),
    accepted: identity(at, from),
    listener: identity(at, undefined),
  };
}

function told(socket: SocketIdentity, fd: number): SocketIdentity {
  return { ...socket, descriptor: { fd, copy: false } };
}

test("a descriptor that is told is held against the addresses", () => {
  const { fds: [fd, acceptedFd, listeningFd], client, accepted, listener } = connection();
  assert.is(read(told(client, fd)), 0);
  assert.is(read(told(accepted, acceptedFd)), 0);
  assert.is(read(told(listener, listeningFd)), 0);
  for (const wrong of [acceptedFd, listeningFd, 1, 0x7fff_fff0]) fails(() => read(told(client, wrong)), "EBADF");
  for (const wrong of [fd, acceptedFd]) fails(() => read(told(listener, wrong)), "EBADF");
  fails(() => read({ ...told(client, fd), type: "dgram" }), "EBADF");
  [fd, acceptedFd, listeningFd].forEach(libc.close);
});

test("two connections of one listener are told apart by their peers", () => {
  const { fds, accepted } = connection();
  const second = libc.socket(libc.AF_INET, libc.SOCK_STREAM);
  libc.connect(second, libc.getpeername(fds[0]));
  const { fd } = libc.accept(fds[2]);
  assert.equal(libc.getsockname(fd), accepted.local);
  fails(() => read(told(accepted, fd)), "EBADF");
  assert.is(read(accepted), 0);
  [...fds, second, fd].forEach(libc.close);
});

test("one that is not told is found among all", () => {
  const { fds, client, accepted, listener } = connection();
  kernel.setOption(client, noDelay, Uint8Array.of(1, 0, 0, 0));
  assert.equal([client, accepted, listener].map(read), [1, 0, 0]);
  const copy = libc.fcntl(fds[0], libc.F_DUPFD_CLOEXEC);
  fails(() => read(client), "ENOTSUP");
  libc.close(copy);
  assert.is(read(client), 1);
  fds.forEach(libc.close);
  for (const closed of [client, accepted, listener]) fails(() => read(closed), "EBADF");
});

test("a copy is closed whatever comes of it", () => {
  const { fds, client, accepted } = connection();
  for (const [socket, outcome] of [[client, undefined], [accepted, "EBADF"]] as const) {
    const before = openDescriptors();
    const copy = libc.fcntl(fds[0], libc.F_DUPFD_CLOEXEC);
    const use = (): unknown => read({ ...socket, descriptor: { fd: copy, copy: true } });
    if (outcome === undefined) assert.is(use(), 0);
    else fails(use, outcome);
    assert.equal(openDescriptors(), before);
  }
  fds.forEach(libc.close);
});

test("a connection whose peer is gone is known by its descriptor only", () => {
  const { fds: [fd, acceptedFd, listeningFd], accepted } = connection();
  libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer));
  libc.close(fd);
  libc.poll([{ fd: acceptedFd, events: libc.POLLIN }], 1000);
  fails(() => libc.getpeername(acceptedFd), "ENOTCONN");
  assert.is(read(told(accepted, acceptedFd)), 0);
  fails(() => read(accepted), "ENOTSUP");
  fails(() => read(told(accepted, listeningFd)), "EBADF");
  [acceptedFd, listeningFd].forEach(libc.close);
});

test("of sockets that nothing tells apart none is taken", () => {
  const twins = [1, 2].map(() => libc.socket(libc.AF_INET, libc.SOCK_DGRAM));
  const [one = -1, other = -1] = twins;
  for (const fd of twins) libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_REUSEPORT, 1);
  libc.bind(one, loopback);
  libc.bind(other, libc.getsockname(one));
  const identity: SocketIdentity = {
    type: "dgram",
    local: kernel.localAddress(one),
    remote: undefined,
    descriptor: undefined,
  };
  const type = { level: libc.SOL_SOCKET, name: libc.SO_TYPE };
  fails(() => kernel.getOption(identity, type, 4), "ENOTSUP");
  assert.is(kernel.getOption(told(identity, other), type, 4)[0], libc.SOCK_DGRAM);
  libc.close(other);
  assert.is(kernel.getOption(identity, type, 4)[0], libc.SOCK_DGRAM);
  libc.close(one);
});

test("every open descriptor is seen, however high", () => {
  const before = openDescriptors();
  const high = libc.fcntl(0, libc.F_DUPFD_CLOEXEC, 3000);
  assert.equal(openDescriptors(), [...before, high].sort((a, b) => a - b));
  libc.close(high);
  assert.equal(openDescriptors(), before);
});

test.run();
