/** A DNS server of one zone, over UDP and TCP: what a case says about a name is what the subject's resolver is told. */
import { Buffer } from "node:buffer";
import dgram from "node:dgram";
import net from "node:net";

import dnsPacket, { type Answer, type Packet, type Question } from "dns-packet";

import type { Query, Zone, ZoneEntry } from "../harness/network.js";

export interface Resolver {
  /** From now on these names exist and no others; the log of queries begins anew. */
  serve(zone: Zone): void;
  queries(): readonly Query[];
}

const codes = { NXDOMAIN: 3, REFUSED: 5, SERVFAIL: 2 } as const;
const truncatedFlag = 0x0200;
const timeToLive = 0;

/** Resolves when port 53 of `host` is bound for both transports. */
export async function startResolver(host: string): Promise<Resolver> {
  let zone: Zone = {};
  let log: Query[] = [];

  function answer(packet: Packet, transport: "udp" | "tcp", give: (reply: Buffer) => void): void {
    const [question] = packet.questions ?? [];
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    log.push({ name, type: question.type, transport });
    const entry = Object.hasOwn(zone, name) ? zone[name] as ZoneEntry : { failure: "NXDOMAIN" } as const;
    if (entry.drop === true) return;
    const reply = dnsPacket.encode(response(packet, question, entry, transport));
    if (entry.delay === undefined) give(reply);
    else setTimeout(give, entry.delay, reply);
  }

  const udp = dgram.createSocket("udp4");
  udp.on("message", (message, from) => {
    answer(dnsPacket.decode(message), "udp", (reply) => udp.send(reply, from.port, from.address));
  });
  await new Promise<void>((resolve, reject) => {
    udp.once("error", reject);
    udp.bind(53, host, resolve);
  });

  const server = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        answer(dnsPacket.decode(received.subarray(2, end)), "tcp", (reply) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          if (socket.writable) socket.write(Buffer.concat([length, reply]));
        });
        received = received.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(53, host, resolve);
  });

  return {
    serve(given) {
      zone = given;
      log = [];
    },
    queries: () => log,
  };
}

function response(packet: Packet, question: Question, entry: ZoneEntry, transport: "udp" | "tcp"): Packet {
  const failure = entry.failure === undefined ? 0 : codes[entry.failure];
  const truncated = entry.truncated === true && transport === "udp";
  return {
    type: "response",
    id: packet.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | (truncated ? truncatedFlag : 0) | failure,
    questions: [question],
    answers: failure !== 0 || truncated ? [] : records(question, entry),
  };
}

function records(question: Question, { addresses = [] }: ZoneEntry): Answer[] {
  return addresses.filter((address) => question.type === (address.includes(":") ? "AAAA" : "A")).map((address) => ({
    type: question.type as "A" | "AAAA",
    name: question.name,
    ttl: timeToLive,
    data: address,
  }));
}
