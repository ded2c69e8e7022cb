/** Every case of the suite, sorted by id. A new file is one line here: the group it belongs to and its import. */
import type { Case } from "../harness/case.js";

const groups: readonly (readonly [group: string, file: Promise<{ readonly cases: readonly Case[] }>])[] = [
  ["libc", import("./libc.js")],
  ["udp.bind", import("./udp-bind.js")],
  ["udp.send", import("./udp-send.js")],
  ["udp.recv", import("./udp-recv.js")],
  ["udp.connected", import("./udp-connected.js")],
  ["udp.errors", import("./udp-errors.js")],
  ["udp.truncation", import("./udp-truncation.js")],
  ["udp.options", import("./udp-options.js")],
  ["udp.multicast", import("./udp-multicast.js")],
  ["address", import("./address.js")],
  ["dns", import("./dns.js")],
  ["dns", import("./dns-attempts.js")],
  ["address", import("./address-scope.js")],
  ["errors", import("./errors-injected.js")],
  ["tcp.backpressure", import("./tcp-backpressure-window.js")],
  ["tcp.close", import("./tcp-close-wire.js")],
  ["tcp.connect", import("./tcp-connect-routes.js")],
  ["tcp.listen", import("./tcp-listen-overflow.js")],
  ["tcp.reset", import("./tcp-reset-wire.js")],
  ["tcp.shutdown", import("./tcp-shutdown-wire.js")],
  ["tcp.write", import("./tcp-write-wire.js")],
  ["udp.multicast", import("./udp-multicast-link.js")],
  ["udp.send", import("./udp-send-link.js")],
  ["tcp.accept", import("./tcp-accept.js")],
  ["tcp.cancel", import("./tcp-cancel.js")],
  ["tcp.cancel", import("./tcp-timeout.js")],
  ["tcp.cancel", import("./tcp-cancel-calls.js")],
  ["tcp.connect", import("./tcp-connect.js")],
  ["tcp.connect", import("./tcp-connect-local.js")],
  ["tcp.listen", import("./tcp-listen.js")],
  ["tcp.listen", import("./tcp-listen-end.js")],
  ["tcp.read", import("./tcp-read.js")],
  ["tcp.write", import("./tcp-write.js")],
  ["tcp.write", import("./tcp-write-buffer.js")],
  ["tcp.backpressure", import("./tcp-backpressure.js")],
  ["tcp.shutdown", import("./tcp-shutdown.js")],
  ["tcp.close", import("./tcp-close.js")],
  ["tcp.close", import("./tcp-close-ending.js")],
  ["tcp.reset", import("./tcp-reset.js")],
  ["tcp.concurrency", import("./tcp-concurrency.js")],
  ["tcp.concurrency", import("./tcp-concurrency-many.js")],
  ["unix.stream", import("./unix-stream.js")],
  ["unix.stream", import("./unix-path.js")],
  ["unix.stream", import("./unix-flow.js")],
  ["unix.stream", import("./unix-calls.js")],
  ["unix.dgram", import("./unix-dgram.js")],
  ["tcp.options", import("./tcp-options.js")],
  ["options", import("./options.js")],
  ["options", import("./options-read-only.js")],
  ["options", import("./options-reading.js")],
  ["options", import("./options-wire.js")],
  ["options", import("./options-errors.js")],
  ["options", import("./options-effects.js")],
  ["streams", import("./streams.js")],
  ["lifecycle", import("./lifecycle.js")],
  ["families", import("./families.js")],
  ["iteration", import("./iteration.js")],
  ["defaults", import("./defaults-tcp.js")],
  ["defaults", import("./defaults-udp.js")],
  ["defaults", import("./defaults-library.js")],
  ["errors", import("./errors.js")],
  ["errors", import("./errors-states.js")],
  ["errors", import("./errors-arguments.js")],
  ["leaks", import("./leaks.js")],
  ["leaks", import("./leaks-descriptors.js")],
  ["signals", import("./signals.js")],
  ["multiproc", import("./multiproc.js")],
  ["tcp.timewait", import("./tcp-timewait.js")],
];

export const cases: readonly Case[] = await collect();

async function collect(): Promise<Case[]> {
  const all: Case[] = [];
  for (const [group, file] of groups) {
    const { cases } = await file;
    if (cases.length === 0) throw new Error(`group ${group} holds no cases`);
    for (const one of cases) {
      if (!one.id.startsWith(`${group}/`)) throw new Error(`case ${one.id} is in the file of group ${group}`);
      if (all.some((other) => other.id === one.id)) throw new Error(`there are two cases ${one.id}`);
      all.push(one);
    }
  }
  return all.sort((a, b) => a.id < b.id ? -1 : 1);
}
