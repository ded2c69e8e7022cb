/**
 * The far end where there is no C compiler: the same command line, protocol and line of JSON, on Node. It is slower than the
 * one in C, so that it is often the limit itself; results say which one ran.
 */
import process from "node:process";

import { datagrams } from "./fallback-datagrams.ts";
import { begin, fail, type Parameters } from "./fallback-meter.ts";
import { accepts, bulkReceive, bulkSend, exchange } from "./fallback-streams.ts";

const roles: Readonly<Record<string, (parameters: Parameters) => void>> = {
  echo: exchange,
  pipeline: exchange,
  idle: exchange,
  "bulk-receive": (parameters) => void bulkReceive(parameters),
  "bulk-send": (parameters) => void bulkSend(parameters),
  accept: accepts,
  "udp-echo": datagrams,
  "udp-receive": datagrams,
  "udp-send": datagrams,
};

const [role = "", ...values] = process.argv.slice(2);
const parameters: Parameters = {
  connections: 1,
  size: 64,
  window: 64,
  warmup: 0.2,
  seconds: 1,
  deadline: 0,
  port: 0,
  pid: 0,
  ...Object.fromEntries(values.map((text) => text.split("=")).map(([name, value]) => [name, Number(value)])),
  role,
};
process.on("uncaughtException", (error) => fail(error.message));
process.on("unhandledRejection", (error) => fail((error as Error).message));
if (parameters.deadline > 0) {
  setTimeout(() => fail(`not finished within ${parameters.deadline} s`), parameters.deadline * 1000).unref();
}
const run = roles[role];
if (run === undefined) fail(`there is no role ${role}`);
else {
  begin(parameters);
  run(parameters);
}
