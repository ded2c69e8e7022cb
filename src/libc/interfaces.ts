/** Network interfaces by name and by index, and the addresses that depend on them. */
import { library } from "#libc";
import { checkInteger, checkString } from "../core/arguments.ts";
import { memory } from "./calls.ts";
import { cString, textOf } from "./c-string.ts";
import { LibcError } from "./error.ts";
import { os } from "./ffi/symbols.ts";
import type { Surroundings } from "./sockaddr.ts";

/** `IF_NAMESIZE`, the terminating NUL included. */
const nameSize = 16;

/** The index of a network interface; fails with `ENODEV` (`ENXIO` on macOS) if there is none of that name. */
export function if_nametoindex(ifname: string): number {
  const index = library.calls.if_nametoindex(cString("ifname", checkString("ifname", ifname)));
  if (index < 0) throw new LibcError(-index, "if_nametoindex", { detail: `no interface ${ifname}` });
  return index;
}

/** The name of a network interface, or `undefined` if there is none of that index. */
export function if_indextoname(ifindex: number): string | undefined {
  const name = memory(nameSize);
  library.calls.if_indextoname(checkInteger("ifindex", ifindex, 0, 0xffff_ffff) + 0, name);
  return name[0] === 0 ? undefined : textOf(name);
}

/** Where this process runs. */
export const here: Surroundings = { os: os(), indexOf: if_nametoindex, nameOf: if_indextoname };
