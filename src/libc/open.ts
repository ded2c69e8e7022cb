/** Opening sockets that neither block nor are inherited by programs that are started. */
import { library } from "#libc";
import type { Address } from "../core/address.ts";
import type { OptionValue } from "../core/kernel.ts";
import { memory } from "./calls.ts";
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM } from "./constants.ts";
import { LibcError } from "./error.ts";
import { here } from "./interfaces.ts";
import { encodeAddress } from "./sockaddr.ts";
import { socket } from "./sockets.ts";

const domains = { ipv4: AF_INET, ipv6: AF_INET6, unix: AF_UNIX };
const types = { stream: SOCK_STREAM, dgram: SOCK_DGRAM };

export function openSocket(family: Address["family"], type: "stream" | "dgram"): number {
  return socket(domains[family], types[type] | SOCK_NONBLOCK);
}

/** setsockopt(2) of `options` in their order, then bind(2). */
export function prepareSocket(fd: number, local: Address | undefined, options: readonly OptionValue[]): void {
  const { calls } = library;
  for (const { level, name, value } of options) {
    const bytes = memory(value.length + 1);
    bytes.set(value);
    const result = calls.setsockopt(fd, level, name, bytes, value.length);
    if (result < 0) throw new LibcError(-result, "setsockopt");
  }
  if (local === undefined) return;
  const address = encodeAddress(local, here);
  const result = calls.bind(fd, address, address.length);
  if (result < 0) throw new LibcError(-result, "bind");
}
