/**
 * What a conformance case is, and what it is given.
 *
 * A case is data (permanent id, level, one-sentence assertion, source) and one plain async function. It reaches the
 * library only through `t.sockets`, the far end only through `t.peer` (a raw peer in another process, without a line
 * of omnisock), the kernel only through `t.kernel`, and other programs only through `t.run` and `t.start`. All of it is served by
 * the runner over stdio, so that nothing of the evidence travels through the sockets under test.
 */
import type { Feature, Sockets } from "omnisock";

import type { OptionReading } from "../witness/option-names.js";
import type { Network } from "./network.js";

/** MUST: failing is a failure. SHOULD: failing is reported as non-strict. MAY: optional. INFO: a value is recorded. */
export type Level = "MUST" | "SHOULD" | "MAY" | "INFO";

export interface Case {
  /** `group/slug`, permanent. */
  readonly id: string;
  readonly level: Level;
  /** The observable behaviour, in one sentence. */
  readonly assertion: string;
  /** The clause or page it rests on, for instance `RFC 9293 §3.6`. */
  readonly source: string;
  /**
   * Features that the subject must have. If `supports()` says no, the case does not run; instead `refusal` must show
   * the documented `ENOTSUP` (verdict `unsupported`).
   */
  readonly needs?: readonly Feature[];
  /** For a case with `needs`: makes the unsupported call; must throw or reject `SocketError` `ENOTSUP`. */
  readonly refusal?: (t: Context) => unknown;
  /** What of the environment it needs; a missing one gives the verdict `unmet`. */
  readonly env?: readonly Environment[];
  /** Milliseconds until the verdict is `timeout`; 5,000 if absent. */
  readonly deadline?: number;
  /** `omnisock`: it asserts what only omnisock promises; for a foreign library it is `unsupported`. */
  readonly surface?: "omnisock";
  readonly run: (t: Context) => Promise<void>;
}

/**
 * `ipv6`: loopback `::1` exists. `proc`: Linux `/proc`. `kernel`: the sockets are the kernel's (false for the memory
 * adapter). `process`: the runtime can be started again as a child program. `root`: effective user id 0. `ss`, `prlimit`,
 * `strace`: the tool is installed, and may be used. `netns`: the subject has a network namespace of its own, `t.network`.
 * `veth`, `tbf`: the kernel has the interfaces of `t.network.link()`, and what its `shape()` needs. `dns`: names are asked
 * of the namespace's own server, `t.network.resolver()`.
 */
export type Environment = "ipv6" | "proc" | "kernel" | "process" | "root" | Tool | Laboratory;

export type Tool = "ss" | "prlimit" | "strace";

export type Laboratory = "netns" | "veth" | "tbf" | "dns";

export interface Context {
  /** The library under test, as its users import it. */
  readonly sockets: Sockets;
  /** The subject's name and the runtime it runs on, for cases that record values; never for a branch in a case. */
  readonly subject: { readonly name: string; readonly runtime: string; readonly version: string };
  readonly peer: Peer;
  readonly kernel: Kernel;
  /** For cases that need `netns`. */
  readonly network: Network;
  /** Runs `conformance/programs/<name>.js` in a new process of the same runtime, as the subject's users would. */
  run(program: string, options?: RunOptions): Promise<RunResult>;
  /** Starts such a program and lets it run, at most until the case is over. */
  start(program: string, options?: StartOptions): Promise<Started>;
  /** The runtimes that `start` can be told: `node`, `deno`, `bun`, as far as they are here. */
  runtimes(): Promise<readonly string[]>;
  /** Registers something to end when the case is over, whatever its verdict (last in, first out; errors are ignored). */
  defer(action: () => unknown): void;
  /** Records the value of an INFO case (or a note of any case); the last call wins. */
  info(value: string | number | boolean): void;
  /** Rejects after `ms` with an error that names `what`; use it around every wait for an event. */
  within<T>(ms: number, what: string, promise: Promise<T>): Promise<T>;
  /** Waits until `probe` returns true, asking every few milliseconds, at most `ms`. */
  until(ms: number, what: string, probe: () => boolean | Promise<boolean>): Promise<void>;
  /** A path for a Unix socket in a fresh folder that is removed when the case is over. */
  temporaryPath(name?: string): Promise<string>;
}

interface ProgramOptions {
  readonly args?: readonly string[];
  /** Deno permission flags instead of `--allow-all`; ignored elsewhere. */
  readonly permissions?: readonly string[];
  /** System calls that fail: what strace(1) takes as `inject`, for instance `connect:error=EPROTOTYPE:when=1`. */
  readonly inject?: readonly string[];
}

export interface RunOptions extends ProgramOptions {
  /** Kills the program after this many milliseconds; 5,000 if absent. */
  readonly deadline?: number;
}

export interface StartOptions extends ProgramOptions {
  /** Another runtime than the subject's, where the program uses omnisock with that runtime's own adapter. */
  readonly runtime?: string;
}

/** A program that runs beside the case. Its stdin stays open. */
export interface Started {
  readonly pid: number;
  /** The next line that it prints; rejects when it ends without one. */
  line(): Promise<string>;
  /** To its stdin. */
  write(text: string): Promise<void>;
  /** `SIGTERM`, `SIGSTOP`, ... */
  signal(name: string): Promise<void>;
  readonly end: Promise<RunResult>;
  /** What the kernel says of this process: its descriptors, its memory, its sockets. */
  readonly kernel: Kernel;
}

export interface RunResult {
  /** Exit code, or `null` if it was killed. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True if the deadline killed it. */
  readonly expired: boolean;
  readonly milliseconds: number;
}

/** Where a raw peer connects, listens or sends: an IP literal with port, or a Unix path (`\0name` is abstract). */
export type PeerAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** A far end made of plain system calls in another process. Every call has the case's deadline. */
export interface Peer {
  connect(
    to: PeerAddress,
    options?: { readonly from?: { host: string; port: number }; readonly recvBufferSize?: number },
  ): Promise<PeerStream>;
  listen(
    at: PeerAddress,
    options?: { readonly backlog?: number; readonly recvBufferSize?: number },
  ): Promise<PeerListener>;
  bind(
    at: { readonly host: string; readonly port: number },
    options?: {
      readonly reuseAddress?: boolean;
      /** Number of the interface through which groups are sent to; loopback's if absent. */
      readonly through?: number;
    },
  ): Promise<PeerDatagram>;
  /** A Unix datagram socket at `path` (`\0name` is abstract), or an unnamed one. */
  bindUnix(path?: string): Promise<PeerUnixDatagram>;
  /** A TCP address whose SYNs are dropped: a listener with a full queue that nobody accepts from. */
  blackhole(): Promise<{ readonly host: string; readonly port: number }>;
  /** A TCP port of 127.0.0.1 (or `host`) on which nothing listens. */
  closedPort(host?: string): Promise<number>;
}

export interface PeerListener {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** accept(2); nothing is read from the connection until it is asked to. */
  accept(): Promise<PeerStream>;
  close(): Promise<void>;
}

export interface PeerStream {
  readonly local: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly remote: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Sends all of `data`, or `length` bytes of the seeded sequence (see `pattern`); resolves when the kernel has them. */
  send(data: Uint8Array | string | { readonly length: number; readonly seed: number }): Promise<void>;
  /** Sends as much as the kernel takes until it blocks for `quiet` ms; returns the number of bytes taken. */
  flood(options: { readonly limit: number; readonly quiet: number }): Promise<number>;
  /** Reads until `length` bytes are there, or EOF, or an error. At most 1 MiB. */
  receive(length: number): Promise<Received>;
  /** Reads until EOF or an error, keeping only count and SHA-256 (hex) and at most the first 4 KiB. */
  drain(): Promise<Drained>;
  /** Sends one byte, the first of `data`, as urgent (MSG_OOB). */
  sendUrgent(data: string): Promise<void>;
  shutdown(how: "read" | "write" | "both"): Promise<void>;
  /** close(2): FIN, or RST if bytes are unread. */
  close(): Promise<void>;
  /** SO_LINGER {1, 0} and close(2): RST. */
  reset(): Promise<void>;
}

export interface Received {
  readonly data: Uint8Array;
  readonly eof: boolean;
  /** POSIX code, for instance `ECONNRESET`. */
  readonly error?: string;
}

export interface Drained {
  readonly bytes: number;
  readonly sha256: string;
  readonly head: Uint8Array;
  readonly eof: boolean;
  readonly error?: string;
}

export interface PeerDatagram {
  readonly address: { readonly host: string; readonly port: number };
  send(data: Uint8Array | string, to: { readonly host: string; readonly port: number }): Promise<void>;
  receive(): Promise<{ readonly data: Uint8Array; readonly from: { readonly host: string; readonly port: number } }>;
  /** Makes it a member of a group on the interface with this number. */
  join(group: string, through: number): Promise<void>;
  close(): Promise<void>;
}

export interface PeerUnixDatagram {
  readonly address: { readonly path: string };
  send(data: Uint8Array | string, to: { readonly path: string }): Promise<void>;
  /** An unnamed sender has the path `""`. */
  receive(): Promise<{ readonly data: Uint8Array; readonly from: { readonly path: string } }>;
  /** The path stays, as close(2) leaves it. */
  close(): Promise<void>;
}

/** Witnesses: what the operating system says, asked from outside the subject. */
export interface Kernel {
  /** Open descriptors of the subject's process. */
  descriptors(): Promise<number>;
  /** Those of them that are sockets. */
  sockets(): Promise<number>;
  /** The signals that the subject's process catches and ignores, by number, in ascending order. */
  signals(): Promise<{ readonly caught: readonly number[]; readonly ignored: readonly number[] }>;
  /** Resident set of the subject's process in bytes. */
  memory(): Promise<number>;
  /** Processor time of the subject's process in milliseconds. */
  processorTime(): Promise<number>;
  /** TCP rows of `/proc/net/tcp` and `tcp6` whose local or remote port is `port`. */
  tcp(port: number): Promise<readonly TcpRow[]>;
  /** UDP rows of `/proc/net/udp` and `udp6` whose local port is `port`. */
  udp(port: number): Promise<readonly { readonly host: string; readonly port: number; readonly drops: number }[]>;
  /** Multicast groups of `/proc/net/igmp` and `igmp6`, with the sockets that joined each. */
  groups(): Promise<readonly { readonly interface: string; readonly group: string; readonly users: number }[]>;
  /** A counter of `/proc/net/snmp` or `netstat`, for instance `Tcp.OutRsts`. */
  counter(name: string): Promise<number>;
  /** Whether a file-system entry exists, and what it is. */
  file(path: string): Promise<"socket" | "file" | "directory" | "missing">;
  /**
   * The value of a socket option of one of the subject's own sockets, read by getsockopt(2) from another process
   * (pidfd_getfd(2)); `port` is the socket's local port.
   */
  option(port: number, option: { readonly level: string; readonly name: string }): Promise<number>;
  /** The same of one certain socket, and of options that are no integer. */
  optionAt(
    place: SocketPlace,
    option: { readonly level: string; readonly name: string },
  ): Promise<OptionReading>;
  /** What `ss --tcp --info --options` says of the sockets with this local port, a line for each. */
  ss(port: number): Promise<readonly string[]>;
  /** The permission bits of a file-system entry. */
  mode(path: string): Promise<number>;
  /** Replaces the file at `path` with a regular file of the given text. */
  writeFile(path: string, text: string): Promise<void>;
}

/**
 * One of the subject's own sockets: by its local port, or by the path that it is bound or connected to. A port may be in use
 * once for each family and transport, so a program with many sockets has to say more.
 */
export type SocketPlace =
  | {
    readonly port: number;
    readonly family?: "ipv4" | "ipv6";
    readonly role?: "listener" | "connection" | "datagram";
    readonly remotePort?: number;
  }
  | { readonly path: string; readonly role: "listener" | "client" | "accepted" | "datagram" };

export interface TcpRow {
  readonly local: { readonly host: string; readonly port: number };
  readonly remote: { readonly host: string; readonly port: number };
  /** `ESTABLISHED`, `SYN_SENT`, `FIN_WAIT1`, `FIN_WAIT2`, `TIME_WAIT`, `CLOSE_WAIT`, `LAST_ACK`, `LISTEN`, ... */
  readonly state: string;
  readonly sendQueue: number;
  readonly receiveQueue: number;
  /** True if the row's inode is one of the subject's descriptors. */
  readonly own: boolean;
}
