/** Defects of the memory adapter and its network. */
import type { Mutant } from "./mutant.js";

const folder = "build/adapters/memory/network";

export const mutants: readonly Mutant[] = [
  {
    name: "memory-buffer-shared",
    what: "What is sent is not copied.",
    file: `${folder}/pipe.js`,
    find: `new Uint8Array(bytes.subarray(offset, Math.min(offset + pieceSize, taken)))`,
    replace: `bytes.subarray(offset, Math.min(offset + pieceSize, taken))`,
    on: "memory@node",
    cases: ["tcp.backpressure/resume", "tcp.write/mutate-after"],
  },
  {
    name: "memory-unbounded",
    what: "A pipe takes all that it is given.",
    file: `${folder}/pipe.js`,
    find: `const taken = Math.min(bytes.byteLength, receiveBuffer + sendBuffer - this.#size);`,
    replace: `const taken = bytes.byteLength;`,
    on: "memory@node",
    cases: ["tcp.backpressure/blocks"],
  },
  {
    name: "memory-eof-overtakes",
    what: "The end is seen before the bytes that were sent first.",
    file: `${folder}/pipe.js`,
    find: `const size = Math.min(most, this.arrived);`,
    replace: `const size = this.#finished ? 0 : Math.min(most, this.arrived);`,
    on: "memory@node",
    cases: ["tcp.shutdown/write-pending-then-eof", "tcp.read/byte-exact"],
  },
  {
    name: "memory-reset-as-end",
    what: "reset() sends an orderly end.",
    file: `${folder}/stream-socket.js`,
    find: `        if (!this.#isUnix)
            this.abort();
        this.close();`,
    replace: `        this.close();`,
    on: "memory@node",
    cases: ["tcp.reset/abort-sends-rst"],
  },
  {
    name: "memory-address-shared",
    what: "An address can be listened on twice.",
    file: `${folder}/ports.js`,
    find: `if (overlap(claim, other) && !mayShare(claim, other))`,
    replace: `if (false)`,
    on: "memory@node",
    cases: ["tcp.listen/listen-twice"],
  },
  {
    name: "memory-wildcard-apart",
    what: "A wildcard does not take the port on the other addresses.",
    file: `${folder}/ports.js`,
    find: `return a.host === b.host || isWildcard(a.host) || isWildcard(b.host);`,
    replace: `return a.host === b.host;`,
    on: "memory@node",
    cases: ["tcp.listen/in-use-wildcard"],
  },
  {
    name: "memory-queue-kept",
    what: "Connections in the queue are left open when the listener closes.",
    file: `${folder}/listening-socket.js`,
    find: `            queued.abort();
            queued.close();`,
    replace: ``,
    on: "memory@node",
    cases: ["unix.stream/listener-close-pending"],
  },
  {
    name: "memory-too-long-sent",
    what: "A datagram of any length is carried.",
    file: `${folder}/packet-socket.js`,
    find: `if (data.byteLength > largest[target.family])`,
    replace: `if (false)`,
    on: "memory@node",
    cases: ["errors/stable-code"],
  },
  {
    name: "memory-packet-shared",
    what: "The bytes of a datagram are not copied.",
    file: `${folder}/packet-socket.js`,
    find: `data: new Uint8Array(data), from`,
    replace: `data, from`,
    on: "memory@node",
    cases: ["udp.send/buffer-copy"],
  },
  {
    name: "memory-not-left",
    what: "leave() leaves nothing.",
    file: `${folder}/memberships.js`,
    find: `if (!this.#groups.delete(group))`,
    replace: `if (!this.#groups.has(group))`,
    on: "memory@node",
    cases: ["udp.multicast/leave-stops"],
  },
  {
    name: "memory-nobody-refuses",
    what: "A connection to a port without a listener waits for ever.",
    file: `${folder}/network.js`,
    find: `throw new NetworkFailure("ECONNREFUSED", "connect");
        const owner`,
    replace: `return new Promise(() => { });
        const owner`,
    on: "memory@node",
    cases: ["tcp.connect/reuse-after-fail", "errors/stable-code"],
  },
  {
    name: "memory-room-not-told",
    what: "A write that waits is not told of room.",
    file: `${folder}/stream-socket.js`,
    find: `if (!hasRoom)
                this.#peer.wake.raise();`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.backpressure/resume"],
  },
];
