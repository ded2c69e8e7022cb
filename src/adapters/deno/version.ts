/** What depends on Deno's version: nothing else asks for it. */
import { native } from "./native.ts";

/**
 * Whether TCP can go through `node:net`. That of Deno 2.4 to 2.6 ends reading when we shut down writing, so that what
 * the peer still sends is lost and nothing tells; that of 2.7 gives up a write that waits when the peer's FIN comes.
 */
export const hasSoundNet: boolean = isAtLeast(2, 8);

/**
 * Whether Unix-domain streams are better off without `node:net`. `Deno.connect` and `Deno.listen` of 2.8 take back no read at
 * close, and those of 2.9.0 to 2.9.4 no write, which `node:net` does from 2.8 on.
 */
export const hasBetterUnix: boolean = isAtLeast(2, 9, 5) || !hasSoundNet;

/** Whether `Deno.listen()` has `tcpBacklog`. */
export const hasBacklog: boolean = isAtLeast(2, 5);

/** Whether an immediate takes no time; before, it is a timer of a millisecond. */
export const hasImmediates: boolean = isAtLeast(2, 6);

/** Whether `node:dgram` joins multicast groups and heeds `ipv6Only`; what else it lacks before then says so when it is called. */
export const hasFullDatagrams: boolean = isAtLeast(2, 7, 6);

/** Where another runtime loads the `./deno` entry point, all is taken for new. */
function isAtLeast(...version: readonly number[]): boolean {
  if (native === undefined) return true;
  const own = native.version.deno.split(".").map((part) => parseInt(part));
  const at = version.findIndex((part, index) => part !== own[index]);
  return at < 0 || (own[at] ?? 0) > (version[at] ?? 0);
}
