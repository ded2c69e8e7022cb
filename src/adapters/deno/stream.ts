/** A stream of Deno's `node:net`: the Node adapter's, with the errors of broken connections put right. */
import type { Socket } from "node:net";
import type { Ends } from "../node/endpoint.ts";
import { NodeStream, type NodeStreamOptions } from "../node/stream.ts";
import { codeOf, Fault } from "./native.ts";
import { polled } from "./poll.ts";

export class DenoStream extends NodeStream {
  readonly #socket: Socket;
  #given = false;

  constructor(socket: Socket, ends: Ends, options: NodeStreamOptions) {
    super(socket, ends, options);
    this.#socket = socket;
  }

  override close(): Promise<void> {
    this.#given = true;
    return super.close();
  }

  override reset(): Promise<void> {
    this.#given = true;
    return super.reset();
  }

  /** Deno tells of a shutdown before it has looked for what arrived meanwhile (2.9; case tcp.close/flushes). */
  protected override look(done: () => void): void {
    polled(done);
  }

  /**
   * A write that waits while a reset arrives ends as ECANCELED (Deno 2.8, 2.9) or as a success (2.7). One that finds the
   * reset ends as EPIPE, because Deno writes again after the kernel's ECONNRESET, although the peer sent no FIN before.
   * Cases: tcp.backpressure/rst-under-pressure, tcp.write/after-peer-close.
   */
  protected override writeFailure(error: Error | null | undefined): unknown {
    const socket = this.#socket;
    if (socket.destroyed && !this.#given && (!error || codeOf(error) === "ECANCELED")) return socket.errored ?? error;
    if (codeOf(error) === "EPIPE" && !this.ended) return new Fault("ECONNRESET", { cause: error });
    return error;
  }
}
