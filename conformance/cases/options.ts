/** Every socket option that can be set, on every transport, set and then read from outside the process: generated from a table. */
import type { Feature, OptionTransport } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, ok, settles } from "../harness/expect.js";
import { optionCaseId, type OptionRow, optionRows, type Sample } from "../harness/option-rows.js";
import {
  accepted,
  client,
  datagram,
  type Optioned,
  optionEnvironment,
  reads,
  refuseOption,
} from "../harness/option-sockets.js";
import { loopbacks } from "../harness/tcp.js";
import type { OptionReading } from "../witness/option-names.js";

/** One option on one family of addresses. */
interface Trial {
  readonly t: Context;
  readonly option: string;
  readonly row: OptionRow;
  readonly transport: OptionTransport;
  readonly host: string;
  readonly ipv6: boolean;
}

function witnessed({ t, row, ipv6 }: Trial, { place }: Optioned): Promise<OptionReading> {
  const [level = "", name = ""] = (ipv6 ? row.ipv6 ?? row.native : row.native).split(" ");
  return t.kernel.optionAt(place, { level, name });
}

function samplesOf({ row, ipv6 }: Trial): readonly Sample[] {
  return ipv6 ? row.ipv6Samples ?? row.samples : row.samples;
}

/** The socket has the value, seen from outside, and says so itself if it can. */
async function expectValue(trial: Trial, socket: Optioned, sample: Sample, what: string): Promise<void> {
  const { t, option } = trial;
  const { kernel, set, told = set } = sample;
  equal(await witnessed(trial, socket), kernel, `${trial.row.native} of the ${socket.kind} at ${trial.host} ${what}`);
  if (reads(t)) equal(socket.getOption(option), told, `getOption("${option}") of the ${socket.kind} ${what}`);
}

/** Sets every value that is not there already: a setter that does nothing cannot pass. */
async function proveSetter(trial: Trial, socket: Optioned): Promise<void> {
  let changes = 0;
  for (const sample of samplesOf(trial)) {
    const before = await witnessed(trial, socket);
    if (before === sample.kernel) continue;
    socket.setOption(trial.option, sample.set);
    await expectValue(trial, socket, sample, `after setOption(${JSON.stringify(sample.set)}), ${before} before`);
    changes += 1;
  }
  ok(changes > 0, "a value that was not there before");
}

/** What a socket that was told nothing has not. */
async function unlike(trial: Trial, plain: Optioned): Promise<Sample> {
  const initial = await witnessed(trial, plain);
  const sample = samplesOf(trial).find(({ kernel }) => kernel !== initial);
  ok(sample !== undefined, `a value that differs from ${initial}`);
  return sample;
}

/** What was opened; or nothing, if there is an excuse and the call is refused with it. */
async function unlessRefused<T>(opening: Promise<T>, excuse: string | undefined): Promise<T | undefined> {
  if (excuse === undefined) return await opening;
  const end = await settles(opening);
  if (end.status === "fulfilled") return end.value;
  const { code, message } = end.reason;
  equal([code, message.includes(excuse)], ["ENOTSUP", true], `code, and the reason "${excuse}" in: ${message}`);
  return undefined;
}

async function proveStreams(trial: Trial): Promise<void> {
  const { t, option, row, transport, host } = trial;
  const { sockets = ["client", "accepted", "listener"], calls = ["connect", "listen"], opening, early } = row;
  const inTime = t.sockets.supports("options.early");
  // Where the runtime cannot take over what libc made, opening with it may be refused, with the reason.
  const excuse = early === true && reads(t) && !inTime.supported ? inTime.reason : undefined;
  const plain = { client: await client(t, transport, host), ...await accepted(t, transport, host) };
  if (opening === undefined) {
    for (const kind of sockets) {
      // No runtime has a call that sets an option of a listener.
      if (kind === "datagram" || kind === "listener" && !reads(t)) continue;
      await proveSetter(trial, plain[kind]);
    }
  }
  const fresh = { client: await client(t, transport, host), ...await accepted(t, transport, host) };
  if (calls.includes("connect") && (opening === undefined || reads(t))) {
    const sample = await unlike(trial, fresh.client);
    const given = await unlessRefused(client(t, transport, host, { [option]: sample.set }), excuse);
    if (given !== undefined) {
      await expectValue(trial, given, sample, `of connect({ ${option}: ${JSON.stringify(sample.set)} })`);
    }
  }
  if (calls.includes("listen")) {
    const sample = await unlike(trial, sockets.includes("accepted") ? fresh.accepted : fresh.listener);
    const given = await unlessRefused(accepted(t, transport, host, { [option]: sample.set }), excuse);
    if (given === undefined) return;
    const what = `of listen({ ${option}: ${JSON.stringify(sample.set)} })`;
    if (early === true && reads(t)) await expectValue(trial, given.listener, sample, what);
    if (row.uninherited !== true) await expectValue(trial, given.accepted, sample, what);
  }
}

async function proveDatagrams(trial: Trial): Promise<void> {
  const { t, option, row, transport, host } = trial;
  if (row.opening === undefined) await proveSetter(trial, await datagram(t, transport, host));
  if (row.calls !== undefined && !row.calls.includes("bind")) return;
  const sample = await unlike(trial, await datagram(t, transport, host));
  const given = await datagram(t, transport, host, { [option]: sample.set });
  await expectValue(trial, given, sample, `of bind({ ${option}: ${JSON.stringify(sample.set)} })`);
}

async function prove(t: Context, option: string, row: OptionRow, transport: OptionTransport): Promise<void> {
  // Bound to one IPv6 address a socket is for IPv6 only in any case.
  const only6 = option === "ipv6Only";
  const hosts = transport === "unix" ? [""] : only6 ? ["::"] : await loopbacks(t);
  for (const host of hosts) {
    const trial: Trial = { t, option, row, transport, host, ipv6: host.includes(":") };
    if (transport !== "udp") await proveStreams(trial);
    if (transport === "udp" || transport === "unix" && t.sockets.supports("unix.datagram").supported) {
      await proveDatagrams(trial);
    }
  }
  t.info(row.samples.map(({ kernel }) => kernel).join(", "));
}

function makeCase(option: string, row: OptionRow, transport: OptionTransport): Case {
  const [, name = ""] = row.native.split(" ");
  const { opening = false, sockets = [], volatile = false } = row;
  const how = opening ? "given to" : row.calls?.length === 0 ? "set on" : "set on open sockets and given to";
  const where = { tcp: "connect() and listen()", udp: "bind()", unix: "connect(), listen() and bind()" }[transport];
  return {
    id: optionCaseId(transport, row.native),
    level: volatile ? "SHOULD" : "MUST",
    assertion: `\`${option}\`, ${
      row.calls?.length === 0 ? "set on open sockets" : `${how} ${where}`
    }, is ${name} in the kernel, on IPv4 and IPv6, where it was another value before`,
    source: `omnisock guarantee Options; ${manual(row.native)}`,
    env: [...optionEnvironment, ...option === "ipv6Only" ? ["ipv6"] as const : []],
    needs: [`${transport}.${option}` as Feature],
    deadline: 15_000,
    refusal: (t) =>
      refuseOption(t, transport, option, {
        value: row.samples[0]?.set,
        opening,
        listener: sockets[0] === "listener" || sockets.length === 0 && row.sockets !== undefined,
      }),
    run: (t) => prove(t, option, row, transport),
  };
}

function manual(native: string): string {
  const [level = ""] = native.split(" ");
  const pages: Readonly<Record<string, string>> = {
    SOL_SOCKET: "socket(7)",
    IPPROTO_IP: "ip(7)",
    IPPROTO_IPV6: "ipv6(7)",
    IPPROTO_TCP: "tcp(7)",
    IPPROTO_UDP: "udp(7)",
  };
  return `Linux ${pages[level]}`;
}

export const cases: readonly Case[] = Object.entries(optionRows).flatMap(([option, row]) =>
  row.on.map((transport) => makeCase(option, row, transport))
);
