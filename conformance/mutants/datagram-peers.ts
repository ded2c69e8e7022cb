/** Defects of UDP in `src/core`: connected sockets, their peers, and destinations. */
import type { Mutant } from "./mutant.js";

const destinations = "build/core/destinations.js";
const peer = "build/core/peer.js";
const receiving = "build/core/receiving.js";
const sending = "build/core/sending.js";
const state = "build/core/datagram-state.js";

export const mutants: readonly Mutant[] = [
  {
    name: "connected-without-filter",
    what: "A connected socket receives from everybody.",
    file: peer,
    find: `return this.#remote === undefined || sameEndpoint(address, this.#remote);`,
    replace: `return true;`,
    on: "omnisock@deno",
    cases: ["udp.connected/filter", "udp.connected/not-supported-declared"],
  },
  {
    name: "refusal-told-twice",
    what: "A refusal that ended a receive() is told to the next call too.",
    file: receiving,
    find: `if (!this.#mailbox.refuse(this.#state.wrap(error, "receive", remote)))
            this`,
    replace: `this.#mailbox.refuse(this.#state.wrap(error, "receive", remote));
        this`,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-refused"],
  },
  {
    name: "refusal-not-told",
    what: "The refusal of a connected peer is told to nobody.",
    file: receiving,
    find: `if (!this.#mailbox.refuse(this.#state.wrap(error, "receive", remote)))
            this.#peer.blame(error);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-refused"],
  },
  {
    name: "disconnect-keeps-peer",
    what: "disconnect() leaves the peer's address behind.",
    file: peer,
    find: `        this.#turn++;
        this.#remote = undefined;`,
    replace: `        this.#turn++;`,
    on: "omnisock@node",
    cases: ["udp.connected/remote-address", "udp.connected/disconnect"],
  },
  {
    name: "address-never-asked-again",
    what: "A socket that is bound to every address does not report the one that its peer sees.",
    file: state,
    find: `if (this.closing === undefined)
            this.#address = Object.freeze({ ...this.native.local });`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/local-address"],
  },
  {
    name: "connected-takes-destination",
    what: "A connected socket takes a destination.",
    file: sending,
    find: `if (target !== undefined && this.#peer.remote !== undefined)
            throw this.#state.failure("EISCONN", "send");`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["udp.connected/send-with-addr"],
  },
  {
    name: "stranger-waits-through-connect",
    what: "Datagrams of others that waited before connect() are received after it.",
    file: peer,
    find: `this.#connected();`,
    replace: ``,
    on: "memory@node",
    cases: ["udp.connected/filter-queued"],
  },
  {
    name: "no-destination-unnoticed",
    what: "An unconnected socket without a destination says something else.",
    file: sending,
    find: `if (target === undefined && this.#peer.remote === undefined)
            throw this.#state.failure("EDESTADDRREQ", "send");`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.send/no-dest"],
  },
  {
    name: "refusal-closes-socket",
    what: "A refused datagram closes the connected socket.",
    file: receiving,
    find: `if (!this.#mailbox.refuse(this.#state.wrap(error, "receive", remote)))`,
    replace: `this.#state.closing = this.#state.native.close();
        if (!this.#mailbox.refuse(this.#state.wrap(error, "receive", remote)))`,
    on: "omnisock@node",
    cases: ["udp.connected/icmp-nonfatal"],
  },
  {
    name: "udp-wildcard-no-destination",
    what: "A wildcard address is refused as a destination.",
    file: destinations,
    find: `        checkKeys("destination", to, ["host", "port", "family", "scopeId"]);`,
    replace: `        if (to?.host === "0.0.0.0")
            throw new RangeError("host is a wildcard");
        checkKeys("destination", to, ["host", "port", "family", "scopeId"]);`,
    on: "omnisock@node",
    cases: ["udp.send/unspecified-dest"],
  },
];
