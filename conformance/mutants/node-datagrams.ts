/** Defects of the UDP sockets of the adapter for Node. */
import type { Mutant } from "./mutant.js";

const datagram = "build/adapters/node/datagram.js";

export const mutants: readonly Mutant[] = [
  {
    name: "node-message-too-long-swallowed",
    what: "A datagram that is too long is dropped without a word.",
    file: datagram,
    find: `const done = (error) => (error ? reject(error) : resolve());`,
    replace: `const done = (error) => (error && error.code !== "EMSGSIZE" ? reject(error) : resolve());`,
    on: "omnisock@node",
    cases: ["errors/stable-code", "udp.send/max-v6"],
  },
  {
    name: "node-send-not-awaited",
    what: "send() resolves before the kernel has the datagram.",
    file: datagram,
    find: `const done = (error) => (error ? reject(error) : resolve());`,
    replace: `const done = () => { };
            resolve();
            if (to !== undefined) {
                setTimeout(() => this.#socket.send(data, to.port, hostText(to), done), 5);
                return;
            }`,
    on: "omnisock@node",
    cases: ["udp.send/buffer-copy", "udp.send/would-block"],
  },
  {
    name: "node-sent-in-pieces",
    what: "A large datagram is sent as two.",
    file: datagram,
    find: `this.#socket.send(data, to.port, nativeHost(to), done);`,
    replace: `{
                if (data.byteLength > 1500)
                    this.#socket.send(data.subarray(1500), to.port, hostText(to));
                this.#socket.send(data.subarray(0, 1500), to.port, hostText(to), done);
            }`,
    on: "omnisock@node",
    cases: ["udp.send/roundtrip"],
  },
  {
    name: "node-always-truncated",
    what: "Every datagram is flagged as truncated.",
    file: datagram,
    find: `senderAddress(sender.address, sender.port), false);`,
    replace: `senderAddress(sender.address, sender.port), true);`,
    on: "omnisock@node",
    cases: ["udp.truncation/full-size"],
  },
  {
    name: "node-reuse-ignored",
    what: "reuseAddress is not passed on.",
    file: datagram,
    find: `reuseAddr: reuseAddress,`,
    replace: `reuseAddr: false,`,
    on: "omnisock@node",
    cases: ["udp.bind/reuse-addr", "udp.multicast/two-receivers"],
  },
  {
    name: "node-reuse-always",
    what: "Every UDP socket shares its port.",
    file: datagram,
    find: `reuseAddr: reuseAddress,`,
    replace: `reuseAddr: true,`,
    on: "omnisock@node",
    cases: ["udp.bind/in-use", "udp.options/reuse-default"],
  },
  {
    name: "node-udp-ipv6-only-ignored",
    what: "ipv6Only of a UDP socket is not passed on.",
    file: datagram,
    find: `            ipv6Only,
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.bind/v6-only"],
  },
  {
    name: "node-port-given-up",
    what: "A port of the kernel's choice is not asked for, so that disconnect() gives it up.",
    file: datagram,
    find: `if (request.local.port !== 0)`,
    replace: `if (true)`,
    on: "omnisock@node",
    cases: ["udp.connected/disconnect-keeps-bind"],
  },
  {
    name: "node-failed-bind-taken",
    what: "A bind that failed leaves the port taken.",
    file: datagram,
    find: `        socket.once("error", onError);
        prepare`,
    replace: `        socket.once("error", (error) => {
            if (local.port !== 0)
                globalThis.failed = (globalThis.failed ?? new Set()).add(local.port);
            onError(error);
        });
        if (globalThis.failed?.has(local.port))
            return reject(Object.assign(new Error("still taken"), { code: "EADDRINUSE" }));
        prepare`,
    on: "omnisock@node",
    cases: ["udp.bind/bind-error-repeat"],
  },
  {
    name: "node-not-joined",
    what: "join() remembers the group and does not join it.",
    file: datagram,
    find: `socket.addMembership(group, interfaceAddress);`,
    replace: `;`,
    on: "omnisock@node",
    cases: ["udp.multicast/join-recv"],
  },
  {
    name: "node-not-left",
    what: "leave() does not leave the group.",
    file: datagram,
    find: `socket.dropMembership(group, interfaceAddress);`,
    replace: `;`,
    on: "omnisock@node",
    cases: ["udp.multicast/leave-stops", "udp.multicast/controller-state"],
  },
  {
    name: "node-multicast-loop-not-set",
    what: "multicastLoopback is not set.",
    file: datagram,
    find: `void socket.setMulticastLoopback(value)`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.multicast/loop"],
  },
  {
    name: "node-multicast-ttl-not-set",
    what: "multicastTtl is not set.",
    file: datagram,
    find: `void socket.setMulticastTTL(value)`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.multicast/ttl"],
  },
  {
    name: "node-ttl-not-set",
    what: "ttl is not set.",
    file: datagram,
    find: `void socket.setTTL(value)`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.options/ttl"],
  },
  {
    name: "node-broadcast-not-set",
    what: "broadcast is not set.",
    file: datagram,
    find: `socket.setBroadcast(value)`,
    replace: `void value`,
    on: "omnisock@node",
    cases: ["udp.send/broadcast-allowed"],
  },
  {
    name: "node-reconnect-refused",
    what: "connect() does not undo the connect() before it.",
    file: datagram,
    find: `if (this.#connected)
            this.disconnect();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.connected/reconnect"],
  },
  {
    name: "node-udp-port-ignored",
    what: "A UDP socket takes any port, whatever it was asked for.",
    file: datagram,
    find: `port: local.port, exclusive: true }`,
    replace: `port: 0, exclusive: true }`,
    on: "omnisock@node",
    cases: ["udp.bind/specific"],
  },
  {
    name: "node-udp-error-unheard",
    what: "Nobody listens for errors of a UDP socket.",
    file: datagram,
    find: `        socket.on("error", (error) => {
            this.#deliver();
            sink.fail(error);
        });`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.errors/no-handler-survives"],
  },
];
