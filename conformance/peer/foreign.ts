/** Socket options of another process: its descriptor is copied here (pidfd_getfd(2)), asked and closed. */
import { libc } from "./libc.js";
import { must, SYS_PIDFD_GETFD, SYS_PIDFD_OPEN } from "./linux.js";
import { getOption } from "./socket.js";

/** Needs the right to trace the process: root, or `kernel.yama.ptrace_scope` 0 and the same user. */
export function foreignOption(pid: number, descriptor: number, level: number, name: number): number {
  const process = must(libc.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0), "pidfd_open");
  try {
    const copy = must(libc.syscall(SYS_PIDFD_GETFD, process, descriptor, 0, 0, 0, 0), "pidfd_getfd");
    try {
      return getOption(copy, level, name);
    } finally {
      libc.close(copy);
    }
  } finally {
    libc.close(process);
  }
}
