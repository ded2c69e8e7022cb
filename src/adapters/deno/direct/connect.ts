/** Active open through `Deno.connect`. */
import type { ConnectRequest, Opened } from "../../../core/adapter.ts";
import { hostText } from "../../../core/address.ts";
import { permittedName } from "../connect.ts";
import { endpointOf, Fault, native, type NativeConn, type NativeTarget } from "../native.ts";
import { requirePermission } from "../permissions.ts";
import { DirectStream } from "./stream.ts";

export async function connectDirect({ remote, signal }: ConnectRequest, opened: Opened): Promise<void> {
  if (remote.family === "unix") {
    requirePermission(remote);
    const conn = await open({ transport: "unix", path: remote.path }, signal);
    return start(new DirectStream(conn, { local: { family: "unix", path: "" }, remote }), opened);
  }
  const name = permittedName(remote);
  if (name === undefined) requirePermission(remote);
  const conn = await open({ hostname: name ?? hostText(remote), port: remote.port }, signal);
  const ends = {
    local: endpointOf(conn.localAddr, remote.scopeId),
    remote: endpointOf(conn.remoteAddr, remote.scopeId),
  };
  // By a name, Deno takes the resolver's first address.
  if (name !== undefined && ends.remote.host !== remote.host) {
    conn.close();
    throw new Fault("EACCES", {
      detail: `Deno needs --allow-net=${remote.host} to connect to that address of ${name}`,
    });
  }
  start(new DirectStream(conn, ends), opened);
}

function start(stream: DirectStream, opened: Opened): void {
  stream.attach(opened(stream));
}

/** Deno 2.4 ignores the signal: what it opens nevertheless is closed. */
function open(target: NativeTarget, signal: AbortSignal): Promise<NativeConn> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const opening = native?.connect({ ...target, signal }) ?? Promise.reject(new Fault("ENOTSUP"));
    opening.finally(() => signal.removeEventListener("abort", onAbort)).then((conn) => {
      if (signal.aborted) conn.close();
      else resolve(conn);
    }, reject);
  });
}
