/** Encoding and decoding of socket addresses: every address comes back, and known structures are byte for byte as the kernel's. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { parseLiteral } from "../core/address.ts";
import { decodeAddress, encodeAddress, type SocketAddress, type Surroundings } from "./sockaddr.ts";

const linux = surroundings("linux");
const darwin = surroundings("darwin");

function surroundings(os: Surroundings["os"]): Surroundings {
  return {
    os,
    indexOf(name) {
      if (name === "eth7") return 7;
      throw new Error(`there is no ${name}`);
    },
    nameOf: (index) => (index === 7 ? "eth7" : undefined),
  };
}

const plain = { noNullPrototype: true };
const port = fc.integer({ min: 0, max: 65535 });
const scope = fc.constantFrom({}, { scopeId: "eth7" }, { scopeId: "9" });
const path = fc.string({ maxLength: 20 }).filter((text) => !text.includes("\0"));
const hex = fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, "0"));
const everywhere: fc.Arbitrary<SocketAddress> = fc.oneof(
  fc.record({ family: fc.constant("ipv4" as const), host: fc.ipV4(), port }, plain),
  fc.tuple(fc.ipV6(), port, scope).map(([text, port, scope]) => {
    return { family: "ipv6" as const, host: parseLiteral(text)?.host ?? "", port, ...scope };
  }),
  path.map((path) => ({ family: "unix" as const, path })),
);
const onLinux = fc.oneof(
  path.map((path) => ({ family: "unix" as const, path: `\0${path}` })),
  fc.record({
    family: fc.constant("packet" as const),
    interface: fc.constantFrom("", "eth7", "9"),
    protocol: port,
    hardwareAddress: fc.array(hex, { maxLength: 8 }).map((bytes) => bytes.join(":")),
    hardwareType: port,
    packetType: fc.integer({ min: 0, max: 255 }),
  }, plain),
);

test("every address comes back", () => {
  fc.assert(
    fc.property(fc.oneof(everywhere, onLinux), (address) => {
      assert.equal(decodeAddress(encodeAddress(address, linux), linux), address);
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(everywhere, (address) => assert.equal(decodeAddress(encodeAddress(address, darwin), darwin), address)),
  );
});

test("structures are the kernel's", () => {
  const bytes = (address: SocketAddress, around: Surroundings = linux): string =>
    Array.from(encodeAddress(address, around), (byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.is(bytes({ family: "ipv4", host: "127.0.0.1", port: 80 }), "020000507f0000010000000000000000");
  assert.is(bytes({ family: "ipv4", host: "127.0.0.1", port: 80 }, darwin), "100200507f0000010000000000000000");
  assert.is(
    bytes({ family: "ipv6", host: "fe80::1", port: 258, scopeId: "eth7" }).slice(4),
    `010200000000fe80000000000000000000000000000107000000`,
  );
  assert.is(bytes({ family: "unix", path: "/a" }), "01002f6100");
  assert.is(bytes({ family: "unix", path: "\0a" }), "01000061");
  assert.is(bytes({ family: "unix", path: "" }), "0100");
});

test("a path ends where the kernel's does", () => {
  const decode = (...bytes: number[]): SocketAddress => decodeAddress(Uint8Array.from(bytes), linux);
  assert.equal(decode(1, 0), { family: "unix", path: "" });
  assert.equal(decode(1, 0, 0x2f, 0x61), { family: "unix", path: "/a" });
  assert.equal(decode(1, 0, 0x2f, 0x61, 0, 0x62), { family: "unix", path: "/a" });
  assert.equal(decode(1, 0, 0, 0x61, 0, 0x62), { family: "unix", path: "\0a\0b" });
  assert.equal(decodeAddress(new Uint8Array(16).fill(1, 1, 2), darwin), { family: "unix", path: "" });
  assert.equal(encodeAddress({ family: "unix", path: "p".repeat(107) }, linux).length, 110);
});

test("what is no address reaches no structure", () => {
  const refuse = (address: unknown, error: RegExp, around: Surroundings = linux): void =>
    assert.throws(() => encodeAddress(address as SocketAddress, around), error);
  refuse(undefined, /must have a family/);
  refuse({ family: "ipv5" }, /must have a family/);
  refuse({ family: "ipv4", host: "localhost", port: 1 }, /is not an IP address/);
  refuse({ family: "ipv4", host: "::1", port: 1 }, /not of the family/);
  refuse({ family: "ipv4", host: "127.0.0.1", port: 65536 }, /address.port/);
  refuse({ family: "ipv4", host: "127.0.0.1", port: "1" }, /address.port/);
  refuse({ family: "ipv6", host: "fe80::1", port: 1, scopeId: "eth8" }, /there is no eth8/);
  refuse({ family: "ipv6", host: "fe80::1", port: 1, scopeId: "4294967296" }, /address.scopeId/);
  refuse({ family: "unix", path: "p".repeat(108) }, /108 bytes/);
  refuse({ family: "unix", path: `\0${"p".repeat(108)}` }, /109 bytes/);
  refuse({ family: "unix", path: "a\0b" }, /NUL/);
  refuse({ family: "unix", path: "\0a" }, /only Linux/, darwin);
  refuse({ family: "packet", interface: "eth7", protocol: 3, hardwareAddress: "1:2:3:4:5:6:7:8:9" }, /hardwareAddress/);
  refuse({ family: "raw", bytes: new Uint8Array(129) }, /2 to 128/);
  refuse({ family: "raw", bytes: "ab" }, /Uint8Array/);
});

test.run();
