/** The descriptor of a socket that a runtime made: never one that is only thought to be it. */
import { library } from "#libc";
import type { Descriptor, SocketIdentity } from "../core/kernel.ts";
import { openDescriptors } from "./descriptors.ts";
import { LibcError } from "./error.ts";
import { compare, type Verdict } from "./identity.ts";

/** Lets `use` have it, for as long as that runs. `syscall` is what a failure is told of. */
export function withDescriptor<Result>(
  socket: SocketIdentity,
  { syscall, use }: { readonly syscall: string; use(fd: number): Result },
): Result {
  const { descriptor } = socket;
  if (descriptor === undefined) return use(search(socket, syscall));
  try {
    verify(socket, { descriptor, syscall });
    return use(descriptor.fd);
  } finally {
    if (descriptor.copy) library.calls.close(descriptor.fd);
  }
}

/** The runtime says which it is, so that a peer that is gone or a path of another name leaves no doubt. */
function verify(
  socket: SocketIdentity,
  { descriptor, syscall }: { readonly descriptor: Descriptor; readonly syscall: string },
): void {
  if (compare(descriptor.fd, socket) !== "other") return;
  throw new LibcError("EBADF", syscall, { detail: `descriptor ${descriptor.fd} is not, or no more, this socket's` });
}

/** Among all that are open. */
function search(socket: SocketIdentity, syscall: string): number {
  const found: Record<Verdict, number[]> = { same: [], other: [], unclear: [], gone: [] };
  for (const fd of openDescriptors()) found[compare(fd, socket)].push(fd);
  const [fd] = found.same;
  if (found.same.length + found.unclear.length > 1) {
    throw new LibcError("ENOTSUP", syscall, {
      detail: "several sockets have these addresses, and the runtime tells no descriptor",
    });
  }
  if (fd !== undefined) return fd;
  if (found.unclear.length + found.gone.length > 0) {
    throw new LibcError("ENOTSUP", syscall, {
      detail: "what tells it from others is gone, and the runtime tells no descriptor",
    });
  }
  throw new LibcError("EBADF", syscall);
}
