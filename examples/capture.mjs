/** Prints the first frames of a network interface; Linux, as root. `capture.mjs [interface] [count]` */
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  bind,
  close,
  ETH_P_ALL,
  ETH_P_IP,
  ETH_P_IPV6,
  htons,
  inet_ntop,
  PACKET_OUTGOING,
  poll,
  POLLIN,
  recvfrom,
  SOCK_DGRAM,
  socket,
} from "omnisock/libc";
import process from "node:process";

const [device = "lo", count = "5"] = process.argv.slice(2);
// SOCK_DGRAM: without the link layer's header.
const fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
try {
  bind(fd, { family: "packet", interface: device, protocol: ETH_P_ALL });
  console.log(`capturing on ${device}`);
  for (let seen = 0; seen < Number(count);) {
    if (poll([{ fd, events: POLLIN }], 50) === 0) {
      await new Promise((resolve) => setTimeout(resolve));
      continue;
    }
    const { data, address } = recvfrom(fd, 65_536);
    const direction = address.packetType === PACKET_OUTGOING ? "out" : "in";
    console.log(
      `${++seen} ${address.interface} ${direction} ${data.length} bytes: ${describe(data, address.protocol)}`,
    );
  }
} finally {
  close(fd);
}

function describe(packet, protocol) {
  const names = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6" };
  if (protocol === ETH_P_IP && packet.length >= 20) {
    const [from, to] = [12, 16].map((at) => inet_ntop(AF_INET, packet.subarray(at, at + 4)));
    return `IPv4 ${from} > ${to} ${names[packet[9]] ?? packet[9]}`;
  }
  if (protocol === ETH_P_IPV6 && packet.length >= 40) {
    const [from, to] = [8, 24].map((at) => inet_ntop(AF_INET6, packet.subarray(at, at + 16)));
    return `IPv6 ${from} > ${to} ${names[packet[6]] ?? packet[6]}`;
  }
  return `protocol 0x${protocol.toString(16).padStart(4, "0")}`;
}
