/** What `omnisock/libc` gives to core. */
import { library } from "#libc";
import type { Gaps } from "../core/capabilities.ts";
import type { Kernel } from "../core/kernel.ts";
import { connectSocket } from "./connect.ts";
import { bindDatagram } from "./datagram.ts";
import { withDescriptor } from "./descriptor.ts";
import { localEndpoint } from "./endpoints.ts";
import { errorName } from "./errno.ts";
import { here, if_indextoname, if_nametoindex } from "./interfaces.ts";
import { openSocket, prepareSocket } from "./open.ts";
import { getsockopt, setsockopt } from "./socket-options.ts";
import { socketFile } from "./socket-file.ts";
import { succeeded } from "./sockets.ts";

const gaps: Gaps = here.os === "linux" ? {} : { "unix.abstract": "macOS has no abstract names of Unix sockets" };

export const kernel: Kernel = {
  os: here.os,
  gaps,
  errorName,
  interfaceIndex: (name) => (/^\d+$/.test(name) ? Number(name) : if_nametoindex(name)),
  interfaceName: (index) => if_indextoname(index) ?? String(index),
  getOption: (socket, { level, name }, length) =>
    withDescriptor(socket, { syscall: "getsockopt", use: (fd) => getsockopt(fd, level, name, length) }),
  setOption: (socket, { level, name }, value) =>
    withDescriptor(socket, { syscall: "setsockopt", use: (fd) => setsockopt(fd, level, name, value) }),
  open({ family, options, local }) {
    const fd = openSocket(family, "stream");
    try {
      prepareSocket(fd, local, options);
      return fd;
    } catch (error) {
      library.calls.close(fd);
      throw error;
    }
  },
  connect: connectSocket,
  listen: (fd, backlog) => void succeeded("listen", library.calls.listen(fd, backlog)),
  localAddress: localEndpoint,
  close: (fd) => void succeeded("close", library.calls.close(fd)),
  socketFile,
  bindDatagram,
};
