/** WHATWG views of a connection. They add no buffer of their own: the connection's queue is the only one. */
import type { Connection } from "./connection.ts";
import type { Stream } from "./stream.ts";

export function readableView(connection: Connection): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      type: "bytes",
      async pull(controller): Promise<void> {
        const view = controller.byobRequest?.view;
        if (view === undefined || view === null) {
          const chunk = await connection.read();
          if (chunk === null) controller.close();
          else controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
          return;
        }
        const count = await connection.readInto(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
        if (count === null) controller.close();
        controller.byobRequest?.respond(count ?? 0);
      },
      // Of a closed connection there is nothing left to cancel.
      async cancel(): Promise<void> {
        await connection.shutdown("read").catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

export function writableView(connection: Connection, stream: Stream): WritableStream<Uint8Array | string> {
  return new WritableStream(
    {
      // The stream calls `abort` only when the write under way is over, which with a peer that does not read is never. The
      // signal is newer than streams, and not everywhere (case streams/abort).
      start: (controller: { readonly signal?: AbortSignal }) =>
        controller.signal?.addEventListener("abort", () => void stream.abort()),
      write: (chunk) => connection.write(chunk),
      close: () => connection.shutdown("write"),
      abort: () => stream.abort(),
    },
    // Not ByteLengthQueuingStrategy, to which a string has no size.
    { highWaterMark: 65_536, size: (chunk) => (typeof chunk === "string" ? chunk.length : (chunk?.byteLength ?? 1)) },
  );
}
