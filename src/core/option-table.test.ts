import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "./kernel.ts";
import { isReadOnly, levels, optionNames, socketOptions } from "./option-table.ts";
import { checkOption } from "./option-arguments.ts";
import { linger, seconds } from "./option-values.ts";
import { tcpInfo } from "./tcp-info.ts";

const kernel = {
  errorName: (errno: number) => `E${errno}`,
  interfaceIndex: (name: string) => (name === "lo" ? 1 : 0),
  interfaceName: (index: number) => (index === 1 ? "lo" : String(index)),
} as unknown as Kernel;

test("no two options have the same place in the kernel", () => {
  for (const os of ["linux", "darwin"] as const) {
    const places = optionNames.flatMap((option) => {
      const { level, ipv6, ...numbers } = socketOptions[option];
      const own = numbers[os] === undefined ? [] : [`${levels[level][os]}/${numbers[os]}`];
      const other = ipv6?.[os] === undefined ? [] : [`${levels[ipv6.level][os]}/${ipv6[os]}`];
      return [...own, ...other];
    });
    assert.equal(new Set(places).size, places.length, os);
  }
});

test("within a level the options are sorted by their native names", () => {
  const rows = optionNames.map((option) => socketOptions[option]);
  for (const level of Object.keys(levels)) {
    const names = rows.filter((row) => row.level === level).map(({ name }) => name);
    assert.equal(names, [...names].sort(), level);
  }
});

test("what can be set is checked, and what can only be read is refused", () => {
  for (const option of optionNames) {
    if (isReadOnly(option)) assert.throws(() => checkOption(option, 1), /can only be read/);
    else assert.throws(() => checkOption(option, Symbol("none")), (error: unknown) => error instanceof TypeError);
  }
});

test("values come back as they went", () => {
  const samples: Readonly<Record<string, readonly unknown[]>> = {
    boolean: [true, false],
    number: [1, 2],
  };
  for (const option of optionNames) {
    const { value, initial } = socketOptions[option];
    const given = samples[typeof initial] ?? [];
    for (const sample of given) {
      assert.equal(value.decode(value.encode(sample as never, kernel), kernel), sample, option);
    }
  }
  for (const sample of [false, 0, 5_000]) {
    assert.equal(linger.decode(linger.encode(sample as false, kernel), kernel), sample);
  }
  const { multicastInterface, device, mtuDiscover } = socketOptions;
  assert.equal(
    multicastInterface.value.decode(multicastInterface.value.encode("127.0.0.1", kernel), kernel),
    "127.0.0.1",
  );
  const ipv6 = multicastInterface.ipv6?.value;
  assert.equal(ipv6?.decode(ipv6.encode("::%lo", kernel), kernel), "::%lo");
  assert.equal(device.value.decode(device.value.encode("lo", kernel), kernel), "lo");
  assert.equal(mtuDiscover.value.decode(mtuDiscover.value.encode("probe", kernel), kernel), "probe");
});

test("times that the kernel counts in seconds are rounded up", () => {
  assert.equal(seconds(1, 10).check?.("idle", 1_001), 2_000);
  assert.equal(seconds(1, 10).check?.("idle", 1), 1_000);
  assert.throws(() => seconds(1, 10).check?.("idle", 0), (error: unknown) => error instanceof RangeError);
  assert.throws(() => seconds(1, 10).check?.("idle", 10_001), (error: unknown) => error instanceof RangeError);
});

test("keepAlive stands for several options", () => {
  assert.equal(checkOption("keepAlive", { idle: 10_000, interval: 3_000, count: 4 }), [
    ["keepAlive", true],
    ["keepAliveIdle", 10_000],
    ["keepAliveInterval", 3_000],
    ["keepAliveCount", 4],
  ]);
  assert.equal(checkOption("keepAlive", false), [["keepAlive", false]]);
  assert.throws(() => checkOption("keepAlive", { idel: 1 }), /has no member "idel"/);
});

test("a TCP_INFO of an old kernel has no counters that came later", () => {
  const bytes = new Uint8Array(104);
  bytes[0] = 1;
  new Uint32Array(bytes.buffer)[68 / 4] = 1_500;
  const info = tcpInfo.decode(bytes, kernel);
  assert.equal([info.state, info.rtt, info.bytesSent, info.minRtt], ["ESTABLISHED", 1.5, undefined, undefined]);
});

test.run();
