/** Passive open through `node:net`, kept accepting. */
import { existsSync } from "node:fs";
import { setInterval } from "node:timers";
import type { ListenerSink, ListenRequest, NativeListener } from "../../core/adapter.ts";
import { type Address, hostText, type IpAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import { listenStream, type NodeListener } from "../node/listener.ts";
import type { NodeStreamOptions } from "../node/stream.ts";
import { codeOf, Fault, native } from "./native.ts";
import { requirePermission } from "./permissions.ts";

/** Milliseconds after which a listener accepts again that had run out of descriptors. */
const rearmInterval = 500;

export async function listenDeno(
  request: ListenRequest,
  sink: ListenerSink,
  options: NodeStreamOptions,
): Promise<NativeListener> {
  const { local } = request;
  requirePermission(local);
  if (local.family !== "unix") refuseZone(local);
  // Deno 2.8 would remove it (case unix.stream/not-socket).
  else if (existsSync(local.path)) throw new Fault("EADDRINUSE");
  try {
    return new DenoListener(await listenStream(request, sink, options), request);
  } catch (error) {
    throw explainBind(error, local);
  }
}

/** `node:net` of Deno passes a zone to neither bind(2) nor connect(2), which say EINVAL for a link-local address without one. */
export function refuseZone({ scopeId }: IpAddress): void {
  if (scopeId !== undefined) throw new Fault("ENOTSUP", { detail: "Deno's node:net drops the zone of an address" });
}

/** `node:net` of Deno calls a bind(2) failure that it has no name for EINVAL; Deno's own `listen()` names it. */
export function explainBind(error: unknown, local: Address): unknown {
  if (codeOf(error) !== "EINVAL" || local.family === "unix" || native === undefined) return error;
  try {
    native.listen({ hostname: hostText(local), port: local.port }).close();
  } catch (named) {
    if (codeOf(named) !== undefined) return named;
  }
  return error;
}

export class DenoListener implements NativeListener {
  readonly local: Address;
  readonly #inner: NodeListener;
  readonly #rearming: ReturnType<typeof setInterval> | undefined;

  constructor(inner: NodeListener, { backlog }: ListenRequest) {
    this.#inner = inner;
    this.local = inner.local;
    if (this.local.family !== "unix") this.#rearming = setInterval(() => this.#rearm(backlog), rearmInterval).unref();
  }

  descriptor(): Descriptor | undefined {
    return this.#inner.descriptor();
  }

  close(): Promise<void> {
    clearInterval(this.#rearming);
    return this.#inner.close();
  }

  ref(): void {
    this.#inner.ref();
  }

  unref(): void {
    this.#inner.unref();
  }

  /**
   * When accept(2) fails with EMFILE, Deno stops accepting for good and tells nobody (2.8, 2.9). Its handle starts again at
   * a second `listen()`, which makes no system call while it still accepts. Unix handles refuse that: they stay deaf.
   * Case: tcp.accept/emfile.
   */
  #rearm(backlog: number): void {
    (this.#inner.server as unknown as { _handle: { listen(backlog: number): number } | null })._handle?.listen(backlog);
  }
}
