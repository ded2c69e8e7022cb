/** Every mutant. The order matters: a case's proof is the first mutant that it sees. */
import { mutants as addresses } from "./addresses.js";
import { mutants as args } from "./arguments.js";
import { mutants as bun } from "./bun.js";
import { mutants as closing } from "./closing.js";
import { mutants as connection } from "./connection.js";
import { mutants as datagram } from "./datagram.js";
import { mutants as datagramPeers } from "./datagram-peers.js";
import { mutants as deno } from "./deno.js";
import { mutants as eachOption } from "./each-option.js";
import { mutants as errors } from "./errors.js";
import { mutants as joined } from "./joined.js";
import { mutants as leaks } from "./leaks.js";
import { mutants as lifetime } from "./lifetime.js";
import { mutants as links } from "./links.js";
import { mutants as memory } from "./memory.js";
import type { Mutant } from "./mutant.js";
import { mutants as names } from "./names.js";
import { mutants as nodeDatagrams } from "./node-datagrams.js";
import { mutants as nodeStreams } from "./node-streams.js";
import { mutants as opening } from "./opening.js";
import { mutants as plainCalls } from "./plain-calls.js";
import { mutants as processes } from "./processes.js";
import { mutants as queues } from "./queues.js";
import { mutants as resetting } from "./resetting.js";
import { mutants as socketOptions } from "./socket-options.js";
import { mutants as tuning } from "./tuning.js";
import { mutants as unixDatagrams } from "./unix-datagrams.js";
import { mutants as waiting } from "./waiting.js";

export const mutants: readonly Mutant[] = [
  ...connection,
  ...closing,
  ...resetting,
  ...queues,
  ...joined,
  ...waiting,
  ...opening,
  ...datagram,
  ...datagramPeers,
  ...addresses,
  ...args,
  ...errors,
  ...lifetime,
  ...nodeStreams,
  ...nodeDatagrams,
  ...deno,
  ...bun,
  ...memory,
  ...names,
  ...links,
  ...leaks,
  ...processes,
  ...tuning,
  ...socketOptions,
  ...eachOption,
  ...plainCalls,
  ...unixDatagrams,
];
