/** The same calls, with the datagrams going through the C library. */
import "omnisock/libc";

export { tasks } from "./omnisock-udp.ts";
