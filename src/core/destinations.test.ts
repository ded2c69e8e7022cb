import assert from "node:assert/strict";
import { test } from "uvu";
import type { Adapter, NativeDatagram } from "./adapter.ts";
import type { Address } from "./address.ts";
import { DatagramState } from "./datagram-state.ts";
import { Destinations } from "./destinations.ts";

function destinations(local: Address): Destinations {
  const native = { local } as NativeDatagram<Address>;
  const adapter = { maxPathLength: 107 } as Adapter;
  return new Destinations(
    new DatagramState(native, adapter, { family: local.family, receiveQueueSize: 0, made: false }),
  );
}

const udp = (): Destinations => destinations({ family: "ipv4", host: "127.0.0.1", port: 1 });

test("an object that changes is read again", () => {
  const known = udp();
  const to = { host: "127.0.0.1", port: 1 };
  assert.deepEqual(known.read(to).address, { family: "ipv4", host: "127.0.0.1", port: 1 });
  to.port = 2;
  assert.deepEqual(known.read(to).address, { family: "ipv4", host: "127.0.0.1", port: 2 });
  to.host = "127.0.0.2";
  assert.deepEqual(known.read(to).address, { family: "ipv4", host: "127.0.0.2", port: 2 });
  Object.assign(to, { misspelt: 1 });
  assert.throws(() => known.read(to), TypeError);
});

test("a frozen object whose members are not its own, or are computed, is read again", () => {
  const known = udp();
  const prototype = { host: "127.0.0.1" };
  const heir = Object.freeze(Object.assign(Object.create(prototype) as typeof prototype, { port: 1 }));
  assert.equal(known.read(heir).address?.family, "ipv4");
  prototype.host = "127.0.0.2";
  assert.deepEqual(known.read(heir).address, { family: "ipv4", host: "127.0.0.2", port: 1 });
  let port = 1;
  const computed = Object.freeze({
    host: "127.0.0.1",
    get port() {
      return port++;
    },
  });
  assert.deepEqual(known.read(computed).address, { family: "ipv4", host: "127.0.0.1", port: 1 });
  assert.deepEqual(known.read(computed).address, { family: "ipv4", host: "127.0.0.1", port: 2 });
});

test("a frozen object is read once", () => {
  const known = udp();
  const to = Object.freeze({ family: "ipv4", host: "127.0.0.1", port: 1 } as const);
  const first = known.read(to);
  known.read({ host: "127.0.0.1", port: 2 });
  assert.equal(known.read(to), first);
});

test("what is no destination is refused, first and later", () => {
  for (const local of [{ family: "ipv4", host: "127.0.0.1", port: 1 }, { family: "unix", path: "" }] as const) {
    const known = destinations(local);
    const good = local.family === "unix" ? { path: "/a" } : { host: "127.0.0.1", port: 1 };
    for (const wrong of [{}, { host: undefined, port: 0 }, { path: undefined }, { host: "", port: 0 }, "", 1, []]) {
      assert.throws(() => known.read(wrong as never), /Error/, `${JSON.stringify(wrong)} before`);
    }
    known.read(good);
    for (const wrong of [{}, { host: "127.0.0.1", port: "1" }, { path: ["/a"] }, "", 1, []]) {
      assert.throws(() => known.read(wrong as never), /Error/, `${JSON.stringify(wrong)} after`);
    }
  }
});

test("IPv4 on a dual-stack socket is IPv4 that the socket takes as mapped; IPv6 on an IPv4 socket is not taken", () => {
  const dual = destinations({ family: "ipv6", host: "::", port: 1 });
  assert.deepEqual(dual.read({ host: "127.0.0.1", port: 1 }), {
    name: undefined,
    address: { family: "ipv4", host: "127.0.0.1", port: 1 },
    native: { family: "ipv6", host: "::ffff:127.0.0.1", port: 1 },
  });
  assert.deepEqual(udp().read({ host: "::1", port: 1 }), {
    name: undefined,
    address: { family: "ipv6", host: "::1", port: 1 },
    native: undefined,
  });
});

test.run();
