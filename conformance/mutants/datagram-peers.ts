/** Defects of UDP in `src/core`: connected sockets, their peers, and destinations. */
import type { Mutant } from "./mutant.js";

const file = "dist/core/datagram.js";

export const mutants: readonly Mutant[] = [
  {
    name: "connected-without-filter",
    what: "A connected socket receives from everybody.",
    file,
    find: `if (this.#remote !== undefined && !sameEndpoint(datagram.from, this.#remote))
            return;`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["udp.connected/filter", "udp.connected/not-supported-declared"],
  },
  {
    name: "refusal-told-twice",
    what: "A refusal that ended a receive() is told to the next call too.",
    file,
    find: `if (!this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote)))
            this`,
    replace: `this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote));
        this`,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-refused"],
  },
  {
    name: "refusal-not-told",
    what: "The refusal of a connected peer is told to nobody.",
    file,
    find: `if (!this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote)))
            this.#error = error;`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-refused"],
  },
  {
    name: "disconnect-keeps-peer",
    what: "disconnect() leaves the peer's address behind.",
    file,
    find: `        this.#connects++;
        this.#remote = undefined;`,
    replace: `        this.#connects++;`,
    on: "omnisock@node",
    cases: ["udp.connected/remote-address", "udp.connected/disconnect"],
  },
  {
    name: "address-never-asked-again",
    what: "A socket that is bound to every address does not report the one that its peer sees.",
    file,
    find: `if (this.#closing === undefined)
            this.#address = Object.freeze({ ...this.#native.local });`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/local-address"],
  },
  {
    name: "connected-takes-destination",
    what: "A connected socket takes a destination.",
    file,
    find: `if (target !== undefined && this.#remote !== undefined)
            throw this.#failure("EISCONN", "send");`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["udp.connected/send-with-addr"],
  },
  {
    name: "stranger-waits-through-connect",
    what: "Datagrams of others that waited before connect() are received after it.",
    file,
    find: `this.#mailbox.retain(({ from }) => sameEndpoint(from, remote));`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/filter-queued"],
  },
  {
    name: "no-destination-unnoticed",
    what: "An unconnected socket without a destination says something else.",
    file,
    find: `if (target === undefined && this.#remote === undefined)
            throw this.#failure("EDESTADDRREQ", "send");`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.send/no-dest"],
  },
  {
    name: "refusal-closes-socket",
    what: "A refused datagram closes the connected socket.",
    file,
    find: `if (!this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote)))`,
    replace: `void this.close();
        if (!this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote)))`,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-nonfatal"],
  },
  {
    name: "udp-wildcard-no-destination",
    what: "A wildcard address is refused as a destination.",
    file,
    find: `        checkKeys("destination", to, ["host", "port", "family", "scopeId"]);`,
    replace: `        if (to?.host === "0.0.0.0")
            throw new RangeError("host is a wildcard");
        checkKeys("destination", to, ["host", "port", "family", "scopeId"]);`,
    on: "omnisock@node",
    cases: ["udp.send/unspecified-dest"],
  },
];
