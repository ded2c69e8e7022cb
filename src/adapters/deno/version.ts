/** What depends on Deno's version: nothing else asks for it. */
import { native } from "./native.ts";

/**
 * Whether streams can go through `node:net`. That of Deno 2.4 to 2.6 ends reading when we shut down writing, so that what
 * the peer still sends is lost and nothing tells; that of 2.7 gives up a write that waits when the peer's FIN comes.
 */
export const hasSoundNet: boolean = isAtLeast(2, 8);

/** Whether `Deno.listen()` has `tcpBacklog`. */
export const hasBacklog: boolean = isAtLeast(2, 5);

/** Whether `node:dgram` has the system calls of multicast groups and interfaces and of `ttl`. */
export const hasMulticast: boolean = isAtLeast(2, 7);

/** Where another runtime loads the `./deno` entry point, all is taken for new. */
function isAtLeast(major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = (native?.version.deno ?? `${major}.${minor}`).split(".").map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}
