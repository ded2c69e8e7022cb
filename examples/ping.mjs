/** ICMP echo through a raw socket, which needs root. `ping.mjs [host] [count]` */
import {
  AF_INET,
  close,
  getaddrinfo,
  IPPROTO_ICMP,
  poll,
  POLLIN,
  recvfrom,
  sendto,
  SOCK_RAW,
  socket,
} from "omnisock/libc";
import process from "node:process";

const echoReply = 0;
const echoRequest = 8;

const [host = "127.0.0.1", count = "3"] = process.argv.slice(2);
const [{ address }] = getaddrinfo(host, null, { family: AF_INET, socktype: SOCK_RAW });
const identifier = process.pid & 0xffff;
const fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
try {
  for (let sequence = 1; sequence <= Number(count); sequence++) {
    const begin = performance.now();
    sendto(fd, request(sequence), 0, address);
    const reply = await answer(sequence, begin + 1000);
    const elapsed = (performance.now() - begin).toFixed(2);
    console.log(
      reply === undefined
        ? `no answer to ${sequence}`
        : `${reply.length} bytes from ${reply.from}: icmp_seq=${sequence} ttl=${reply.ttl} time=${elapsed} ms`,
    );
  }
} finally {
  close(fd);
}

/** RFC 792: type, code, checksum, identifier, sequence number, data. */
function request(sequence) {
  const message = new DataView(new ArrayBuffer(64));
  message.setUint8(0, echoRequest);
  message.setUint16(4, identifier);
  message.setUint16(6, sequence);
  message.setUint16(2, checksum(message));
  return new Uint8Array(message.buffer);
}

/** RFC 1071: the complement of the one's complement sum of all 16-bit words. */
function checksum(words) {
  let sum = 0;
  for (let at = 0; at < words.byteLength; at += 2) sum += words.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The socket gets a copy of every ICMP message of this host: waits for the one that is ours. */
async function answer(sequence, deadline) {
  for (;;) {
    const remaining = Math.ceil(deadline - performance.now());
    if (remaining <= 0) return undefined;
    // Short, since nothing else runs meanwhile.
    if (poll([{ fd, events: POLLIN }], Math.min(remaining, 10)) === 0) {
      await new Promise((resolve) => setTimeout(resolve));
      continue;
    }
    const { data, address: from } = recvfrom(fd, 1500);
    const ttl = data[8];
    const header = (data[0] & 15) * 4;
    const message = new DataView(data.buffer, data.byteOffset + header, data.length - header);
    const ours = message.getUint8(0) === echoReply && message.getUint16(4) === identifier;
    if (ours && message.getUint16(6) === sequence) return { length: message.byteLength, from: from.host, ttl };
  }
}
