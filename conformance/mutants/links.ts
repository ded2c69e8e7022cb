/** Defects that show between hosts: zones of link-local addresses, multicast and broadcast on a link. */
import type { Mutant } from "./mutant.js";

const datagram = "build/adapters/node/datagram.js";

export const mutants: readonly Mutant[] = [
  {
    name: "zone-dropped",
    what: "The zone of a link-local address is not passed on.",
    file: "build/core/address.js",
    find: "return address.scopeId === undefined ? address.host : `${address.host}%${address.scopeId}`;",
    replace: "return address.host;",
    on: "omnisock@node",
    cases: ["address/v6-scope"],
  },
  {
    name: "multicast-interface-ignored",
    what: "multicastInterface is taken and not set.",
    file: datagram,
    find: `socket.setMulticastInterface(knownZone(value))`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.multicast/interface"],
  },
  {
    name: "joined-anywhere",
    what: "An IPv6 group is joined on an interface of the system's choice.",
    file: datagram,
    find: 'group.includes(":") ? knownZone(`::%${through}`) : through',
    replace: `group.includes(":") ? undefined : through`,
    on: "omnisock@node",
    cases: ["udp.multicast/v6-join"],
  },
  {
    name: "any-source",
    what: "With a source the group is joined for every source.",
    file: datagram,
    find: `socket.addSourceSpecificMembership(source, group, interfaceAddress);`,
    replace: `socket.addMembership(group, interfaceAddress);`,
    on: "omnisock@node",
    cases: ["udp.multicast/ssm"],
  },
  {
    name: "udp-closed-later",
    what: "close() of a UDP socket resolves some seconds before the descriptor is released.",
    file: datagram,
    find: `return new Promise((resolve) => this.#socket.close(() => resolve()));`,
    replace: `setTimeout(() => this.#socket.close(), 6_000);
        return Promise.resolve();`,
    on: "omnisock@node",
    cases: ["udp.multicast/close-leaves", "leaks/fd-udp"],
  },
  {
    name: "broadcast-not-set",
    what: "broadcast is taken and not set.",
    file: datagram,
    find: `socket.setBroadcast(value)`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.send/broadcast-link"],
  },
  {
    name: "full-network-swallows",
    what: "A datagram for which the network has no room counts as sent.",
    file: datagram,
    find: `    send(data, to) {
        return new Promise((resolve, reject) => {`,
    replace: `    send(data, to) {
        if (this.#socket.getSendQueueCount() > 0)
            return Promise.resolve();
        return new Promise((resolve, reject) => {`,
    on: "omnisock@node",
    cases: ["udp.send/would-block"],
  },
  {
    name: "datagrams-before-timers",
    what: "Each datagram holds the event loop for a moment.",
    file: datagram,
    find: `        socket.on("message", (message, sender) => {`,
    replace: `        socket.on("message", (message, sender) => {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);`,
    on: "omnisock@node",
    cases: ["udp.recv/no-starvation"],
  },
];
