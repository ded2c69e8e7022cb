/** Active open: one address after the other by Happy Eyeballs (RFC 8305), on every runtime alike. */
import type { Adapter, ConnectRequest, NativeStream, Opened, StreamSink } from "./adapter.ts";
import { type Address, formatAddress, hostText, type Literal, sameEndpoint } from "./address.ts";
import type { Feature } from "./capabilities.ts";
import { Connection } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import { SocketError, wrap } from "./errors.ts";
import { hold, release } from "./lifetime.ts";
import { connectThrough } from "./made.ts";
import { type Opening, planOpening } from "./opening.ts";
import { checkConnect, type ConnectOptions, type ConnectSettings } from "./options.ts";
import { quiet } from "./quiet.ts";
import { resolve } from "./resolve.ts";
import { Stream } from "./stream.ts";

/** Milliseconds before the next address is tried beside a silent one (RFC 8305 §5, "Connection Attempt Delay"). */
const attemptDelay = 250;

export async function dial(adapter: Adapter, options: ConnectOptions): Promise<Connection> {
  const settings = checkConnect(options, adapter.maxPathLength);
  const plan = planConnect(adapter, settings);
  const address = targetText(settings);
  const deadline = Deadline.start("connect", options, address);
  const attempts = new Attempts(adapter, settings, plan);
  hold(attempts);
  const connected = quiet(attempts.run());
  try {
    return new Connection(await (deadline === undefined ? connected : deadline.race(connected)));
  } catch (error) {
    // It may have been connected in the same turn in which the time ran out.
    void connected.then((stream) => stream.abort(), () => {});
    throw error;
  } finally {
    attempts.stop();
    release(attempts);
    deadline?.end();
  }
}

function planConnect(adapter: Adapter, { target, local, stream }: ConnectSettings): Opening {
  const unix = "path" in target;
  const needs: Feature[] = local === undefined ? [] : ["tcp.localAddress"];
  if (unix) needs.push(target.path.startsWith("\0") ? "unix.abstract" : "unix.stream");
  return planOpening(adapter, {
    operation: "connect",
    transport: unix ? "unix" : "tcp",
    socket: stream.socket,
    needs,
  });
}

function targetText({ target }: ConnectSettings): string {
  if ("path" in target) return target.path;
  if ("name" in target.host) return `${target.host.name}:${target.port}`;
  return formatAddress({ ...target.host.literal, port: target.port });
}

/** The attempts of one `connect` call. */
class Attempts {
  readonly #adapter: Adapter;
  readonly #settings: ConnectSettings;
  readonly #plan: Opening;
  readonly #pending = new Set<AbortController>();
  readonly #failures: SocketError[] = [];
  #remotes: readonly Address[] = [];
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #succeed!: (stream: Stream) => void;
  #fail!: (error: unknown) => void;

  constructor(adapter: Adapter, settings: ConnectSettings, plan: Opening) {
    this.#adapter = adapter;
    this.#settings = settings;
    this.#plan = plan;
  }

  async run(): Promise<Stream> {
    this.#remotes = await this.#candidates();
    return new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
      this.#try();
    });
  }

  /** Ends all attempts that have not won. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const controller of this.#pending) controller.abort();
    this.#pending.clear();
  }

  async #candidates(): Promise<readonly Address[]> {
    const { target, family, local } = this.#settings;
    if ("path" in target) return [{ family: "unix", path: target.path }];
    const literals = await resolve(this.#adapter, target.host, family ?? local?.host?.family);
    return interleave(literals).map((literal) => ({ ...literal, port: target.port }));
  }

  /** Starts the next attempt; the call fails when all have failed. */
  #try(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    const remote = this.#remotes[this.#next];
    if (remote === undefined) {
      if (this.#pending.size === 0) this.#fail(summary(this.#failures));
      return;
    }
    this.#next++;
    const controller = new AbortController();
    this.#pending.add(controller);
    if (this.#next < this.#remotes.length) this.#timer = setTimeout(() => this.#try(), attemptDelay);
    const { local } = this.#settings;
    const request = {
      remote,
      local: local === undefined ? undefined : { host: local.host && hostText(local.host), port: local.port },
      signal: controller.signal,
    };
    this.#connect(request, (native) => this.#opened(native, controller)).catch((error: unknown) => {
      if (!this.#pending.delete(controller)) return;
      this.#failures.push(
        wrap(error, "connect", {
          address: formatAddress(remote),
          translate: (native) => this.#adapter.translate(native),
        }),
      );
      this.#try();
    });
  }

  #connect(request: ConnectRequest, opened: Opened): Promise<void> {
    const { maker } = this.#plan;
    const { socket } = this.#settings.stream;
    if (maker === undefined) return this.#adapter.connect(request, opened);
    return connectThrough(maker, this.#adapter, { ...request, socket }, opened);
  }

  #opened(native: NativeStream, controller: AbortController): StreamSink {
    this.#pending.delete(controller);
    if (this.#over || isSelfConnected(native)) {
      void quiet(native.reset());
      if (!this.#over) {
        this.#failures.push(new SocketError("ECONNREFUSED", "connect", { address: formatAddress(native.remote) }));
        this.#try();
      }
      return { data: () => true, end: () => {}, fail: () => {} };
    }
    this.stop();
    const stream = new Stream(native, this.#adapter, this.#settings.stream);
    try {
      stream.options.apply(this.#plan.settings);
    } catch (error) {
      void stream.abort();
      this.#fail(error);
      return stream;
    }
    // After the adapter has the sink: a runtime may give bytes at once.
    queueMicrotask(() => {
      stream.resume();
      this.#succeed(stream);
    });
    return stream;
  }
}

/**
 * On a loopback address nobody listens at, the kernel may choose the very port as the source: TCP's simultaneous open
 * (RFC 9293 §3.5) then connects the socket to itself, which is nothing that a program wants.
 */
function isSelfConnected({ local, remote }: NativeStream): boolean {
  return local.family !== "unix" && remote.family !== "unix" && sameEndpoint(local, remote);
}

/** RFC 8305 §4: families take turns, beginning with the resolver's first choice; the order within a family stays. */
function interleave(literals: readonly Literal[]): Literal[] {
  const first = literals.filter(({ family }) => family === literals[0]?.family);
  const second = literals.filter(({ family }) => family !== literals[0]?.family);
  const order: Literal[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    order.push(...[first[i], second[i]].filter((literal) => literal !== undefined));
  }
  return order;
}

/** One failure is itself; of several the first is told, with all of them as `cause`. */
function summary(failures: readonly SocketError[]): SocketError | undefined {
  const [first] = failures;
  if (first === undefined || failures.length === 1) return first;
  const all = new AggregateError(failures, failures.map(({ message }) => message).join("; "));
  return wrap(all, "connect", { address: first.address, translate: () => ({ code: first.code }) });
}
