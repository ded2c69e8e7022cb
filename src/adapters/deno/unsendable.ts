/**
 * Why a datagram could not be sent. `node:dgram` of Deno says UNKNOWN for every failure but EMSGSIZE (2.9;
 * case udp.send/broadcast-denied), so the kernel is asked again in ways that send nothing:
 * a datagram longer than any can be is refused as EMSGSIZE, but only once there is a route and, for broadcast, the leave;
 * and connect(2) of a stream names what is wrong with the route before any segment.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { BindRequest } from "../../core/adapter.ts";
import { hostText, type IpAddress } from "../../core/address.ts";
import { isSocketErrorCode, type SocketErrorCode } from "../../core/errors.ts";
import { codeOf } from "./native.ts";
import { stateFor } from "./permissions.ts";

/** Beyond what IPv4 and IPv6 carry, and within what the length field of UDP holds, which is checked before the route. */
const tooLong = new Uint8Array(65_530);

/** Milliseconds by which a connect(2) that is refused locally has been refused. */
const patience = 50;

export async function whyUnsendable({ local, ipv6Only }: BindRequest, remote: IpAddress): Promise<SocketErrorCode> {
  if (ipv6Only && remote.host.startsWith("::ffff:")) return "ENETUNREACH";
  if (stateFor(local.host, 0) !== "granted") return "UNKNOWN";
  if (await fits(local, remote, { broadcast: false })) return "UNKNOWN";
  if (await fits(local, remote, { broadcast: true })) return "EACCES";
  return routeFailure(local, remote);
}

/** Whether the kernel would send to `remote` if only the datagram were shorter. */
function fits(local: IpAddress, remote: IpAddress, { broadcast }: { readonly broadcast: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket({
      type: local.family === "ipv4" ? "udp4" : "udp6",
      lookup: (host, _, found) => found(null, host, local.family === "ipv4" ? 4 : 6),
    });
    const done = (fitting: boolean): void => {
      socket.close();
      resolve(fitting);
    };
    socket.once("error", () => done(false));
    socket.bind({ address: hostText(local), port: 0 }, () => {
      socket.setBroadcast(broadcast);
      socket.send(tooLong, remote.port, hostText(remote), (error) => done(codeOf(error) === "EMSGSIZE"));
    });
  });
}

function routeFailure(local: IpAddress, remote: IpAddress): Promise<SocketErrorCode> {
  return new Promise((resolve) => {
    const wildcard = local.host === "0.0.0.0" || local.host === "::";
    const socket = connect({
      host: hostText(remote),
      port: remote.port,
      ...(wildcard ? {} : { localAddress: local.host }),
    });
    const done = (code: SocketErrorCode): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(() => done("UNKNOWN"), patience);
    socket.on("error", (error) => {
      const code = codeOf(error);
      done(isSocketErrorCode(code) && code !== "ECONNREFUSED" ? code : "UNKNOWN");
    });
    socket.on("connect", () => done("UNKNOWN"));
  });
}
