/** The raw peer as the cases use it, inside the subject: every call is a question to the runner. */
import type {
  Drained,
  Peer,
  PeerAddress,
  PeerDatagram,
  PeerListener,
  PeerStream,
  PeerUnixDatagram,
  Received,
} from "../harness/case.js";
import { fromBase64, toBase64 } from "./base64.js";

/** Asks the peer's process; rejects with an `Error` that has the POSIX `code`. */
export type Ask = (method: string, params: object) => Promise<unknown>;

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An answer whose bytes are still base64. */
type Encoded<T, Key extends keyof T> = Omit<T, Key> & Readonly<Record<Key, string>>;

export function createPeer(ask: Ask): Peer {
  return {
    async connect(to, options = {}) {
      return stream(ask, (await ask("connect", { to, ...options })) as StreamAnswer);
    },
    async listen(at, options = {}) {
      return listener(ask, (await ask("listen", { at, ...options })) as ListenerAnswer);
    },
    async bind(at, options = {}) {
      return datagram(ask, (await ask("bind", { at, ...options })) as DatagramAnswer);
    },
    bindUnix: async (path) => unixDatagram(ask, (await ask("bindUnix", { path })) as UnixDatagramAnswer),
    blackhole: async () => (await ask("blackhole", {})) as HostPort,
    closedPort: async (host = "127.0.0.1") => (await ask("closedPort", { host })) as number,
  };
}

interface StreamAnswer {
  readonly socket: number;
  readonly local: PeerAddress;
  readonly remote: PeerAddress;
}

function stream(ask: Ask, { socket, local, remote }: StreamAnswer): PeerStream {
  return {
    local,
    remote,
    async send(data) {
      const bytes = typeof data === "string" || data instanceof Uint8Array ? { data: encode(data) } : data;
      await ask("send", { socket, ...bytes });
    },
    flood: async (options) => (await ask("flood", { socket, ...options })) as number,
    async receive(length) {
      const answer = (await ask("receive", { socket, length })) as Encoded<Received, "data">;
      return { ...answer, data: fromBase64(answer.data) };
    },
    async drain() {
      const answer = (await ask("drain", { socket })) as Encoded<Drained, "head">;
      return { ...answer, head: fromBase64(answer.head) };
    },
    sendUrgent: async (data) => void (await ask("sendUrgent", { socket, data: encode(data) })),
    shutdown: async (how) => void (await ask("shutdown", { socket, how })),
    close: async () => void (await ask("close", { socket })),
    reset: async () => void (await ask("reset", { socket })),
  };
}

interface ListenerAnswer {
  readonly socket: number;
  readonly address: PeerAddress;
}

function listener(ask: Ask, { socket, address }: ListenerAnswer): PeerListener {
  return {
    address,
    accept: async () => stream(ask, (await ask("accept", { socket })) as StreamAnswer),
    close: async () => void (await ask("close", { socket })),
  };
}

interface DatagramAnswer {
  readonly socket: number;
  readonly address: HostPort;
}

function datagram(ask: Ask, { socket, address }: DatagramAnswer): PeerDatagram {
  return {
    address,
    send: async (data, to) => void (await ask("sendTo", { socket, data: encode(data), to })),
    async receive() {
      const { data, from } = (await ask("receiveFrom", { socket })) as { data: string; from: HostPort };
      return { data: fromBase64(data), from };
    },
    join: async (group, through) => void (await ask("join", { socket, group, through })),
    close: async () => void (await ask("close", { socket })),
  };
}

interface UnixDatagramAnswer {
  readonly socket: number;
  readonly address: { readonly path: string };
}

function unixDatagram(ask: Ask, { socket, address }: UnixDatagramAnswer): PeerUnixDatagram {
  return {
    address,
    send: async (data, to) => void (await ask("sendTo", { socket, data: encode(data), to })),
    async receive() {
      const { data, from } = (await ask("receiveFrom", { socket })) as { data: string; from: { path: string } };
      return { data: fromBase64(data), from };
    },
    close: async () => void (await ask("close", { socket })),
  };
}

function encode(data: Uint8Array | string): string {
  return toBase64(typeof data === "string" ? new TextEncoder().encode(data) : data);
}
