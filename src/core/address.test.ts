/** Reading and writing of IP literals, against the runtime's own reader and the URL standard's writer. */
import { isIP } from "node:net";

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { formatAddress, ipAddress, parseLiteral } from "./address.ts";

test("every IPv4 address is read as it is written", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => assert.equal(parseLiteral(text), { family: "ipv4", host: text })));
});

test("every IPv6 address is written in the canonical form of the URL standard", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const literal = parseLiteral(text);
      // The URL standard writes the last 32 bits of an IPv4-mapped address in hexadecimal, RFC 5952 §5 as a dotted quad.
      const host = literal?.host.replace(/^::ffff:(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...quad: string[]) => {
        const [a = 0, b = 0, c = 0, d = 0] = quad.slice(0, 4).map(Number);
        return `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      });
      assert.is(`[${host}]`, new URL(`http://[${text}]/`).hostname);
    }),
    { numRuns: 2000 },
  );
});

test("what is no address is none", () => {
  const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/);
  fc.assert(fc.property(nearly, (text) => assert.is(parseLiteral(text) !== undefined, isIP(text) !== 0, text)), {
    numRuns: 20_000,
  });
  for (
    const text of [
      "127.1",
      "0x7f.1",
      "010.0.0.1",
      "2130706433",
      "256.0.0.1",
      "1.2.3.4 ",
      "::1::",
      ":::",
      "[::1]",
      "fe80::1%",
      "",
    ]
  ) {
    assert.is(parseLiteral(text), undefined, text);
  }
});

test("an IPv4-mapped address is reported as IPv4, a zone is kept", () => {
  assert.equal(ipAddress("::ffff:1.2.3.4", 5), { family: "ipv4", host: "1.2.3.4", port: 5 });
  assert.equal(ipAddress("::ffff:102:304", 5), { family: "ipv4", host: "1.2.3.4", port: 5 });
  assert.is(formatAddress(ipAddress("FE80::0001%eth0", 5)), "[fe80::1%eth0]:5");
});

test.run();
