/** UDP and Unix datagram sockets: bind, send and receive of whole datagrams. */
import type { PeerAddress } from "../harness/case.js";
import { decode, encode } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  AF_INET6,
  AF_UNIX,
  E,
  IP_MULTICAST_IF,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_IF,
  MCAST_JOIN_GROUP,
  MSG_NOSIGNAL,
  must,
  POLLIN,
  POLLOUT,
  SOCK_DGRAM,
} from "./linux.js";
import type { Loop } from "./loop.js";
import { open, setOption, type Socket } from "./socket.js";

interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LARGEST = 65_536;
const LOOPBACK_INDEX = 1;
const payload = memory(LARGEST);
const address = memory(128);
const addressLength = new Int32Array(new ArrayBuffer(4));

/** Groups are sent to through the interface with this number; through loopback unless told otherwise, as a machine may have no route to them. */
export function bind(loop: Loop, at: HostPort, reuseAddress: boolean, through: number = LOOPBACK_INDEX): Socket {
  const { family } = encode(at);
  const socket = open(loop, family, SOCK_DGRAM, { bind: at, reuseAddress });
  if (family === AF_INET6) {
    setOption(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, through);
  } else {
    // struct ip_mreqn: two addresses that are not needed, and the interface's number.
    const request = new Int32Array([0, 0, through]);
    must(libc.setsockopt(socket.descriptor, IPPROTO_IP, IP_MULTICAST_IF, request, 12), "setsockopt IP_MULTICAST_IF");
  }
  return socket;
}

/** Makes the socket a member of a group on one interface (RFC 3678 §5.1.1, struct group_req). */
export function join(socket: Socket, group: string, through: number): void {
  const { family, bytes } = encode({ host: group, port: 0 });
  const request = memory(136);
  new DataView(request.buffer).setUint32(0, through, true);
  request.set(bytes, 8);
  const level = family === AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  must(
    libc.setsockopt(socket.descriptor, level, MCAST_JOIN_GROUP, request, request.length),
    "setsockopt MCAST_JOIN_GROUP",
  );
}

/** Without a path it is unnamed: who receives from it cannot answer. */
export function bindUnix(loop: Loop, path: string | undefined): Socket {
  return open(loop, AF_UNIX, SOCK_DGRAM, { bind: path === undefined ? undefined : { path } });
}

export function sendTo(socket: Socket, data: Uint8Array, to: PeerAddress): Promise<void> {
  const target = encode(to);
  return socket.inOrder("send", async () => {
    for (;;) {
      // A view of no bytes has no address, so an empty datagram needs other memory.
      const bytes = data.length === 0 ? payload : data;
      const count = libc.sendto(socket.descriptor, bytes, data.length, MSG_NOSIGNAL, target.bytes, target.bytes.length);
      if (count !== -E.EAGAIN && count !== -E.EINTR) {
        must(count, "sendto");
        return;
      }
      await socket.ready(POLLOUT);
    }
  });
}

export function receiveFrom(socket: Socket): Promise<{ readonly data: Uint8Array; readonly from: PeerAddress }> {
  return socket.inOrder("receive", async () => {
    for (;;) {
      addressLength[0] = address.length;
      const count = libc.recvfrom(socket.descriptor, payload, payload.length, 0, address, addressLength);
      if (count !== -E.EAGAIN && count !== -E.EINTR) {
        must(count, "recvfrom");
        return { data: payload.slice(0, count), from: decode(address, addressLength[0]) };
      }
      await socket.ready(POLLIN);
    }
  });
}
