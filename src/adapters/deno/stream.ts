/** A stream of Deno's `node:net`: the Node adapter's, with the errors of broken connections put right. */
import type { Socket } from "node:net";
import type { StreamSink } from "../../core/adapter.ts";
import type { Ends } from "../node/endpoint.ts";
import { NodeStream, type NodeStreamOptions } from "../node/stream.ts";
import { codeOf, Fault } from "./native.ts";
import { polled } from "./poll.ts";

export class DenoStream extends NodeStream {
  readonly #socket: Socket;
  #ended = false;
  #given = false;

  constructor(socket: Socket, ends: Ends, options: NodeStreamOptions) {
    super(socket, ends, options);
    this.#socket = socket;
  }

  override attach(sink: StreamSink): void {
    super.attach({
      data: (bytes) => sink.data(bytes),
      end: () => {
        this.#ended = true;
        sink.end();
      },
      fail: (error) => sink.fail(error),
    });
  }

  /** Deno says that FIN is sent before it has looked for what arrived meanwhile (2.9; case tcp.close/flushes). */
  override async shutdown(): Promise<void> {
    await super.shutdown();
    if (!this.#ended) await polled();
  }

  override close(): Promise<void> {
    this.#given = true;
    return super.close();
  }

  override reset(): Promise<void> {
    this.#given = true;
    return super.reset();
  }

  /**
   * A write that waits while a reset arrives ends as ECANCELED (Deno 2.8, 2.9) or as a success (2.7). One that finds the
   * reset ends as EPIPE, because Deno writes again after the kernel's ECONNRESET, although the peer sent no FIN before.
   * Cases: tcp.backpressure/rst-under-pressure, tcp.write/after-peer-close.
   */
  protected override writeFailure(error: Error | null | undefined): unknown {
    const { destroyed, errored } = this.#socket;
    if (destroyed && !this.#given && (!error || codeOf(error) === "ECANCELED")) return errored ?? error;
    if (codeOf(error) === "EPIPE" && !this.#ended) return new Fault("ECONNRESET", { cause: error });
    return error;
  }
}
