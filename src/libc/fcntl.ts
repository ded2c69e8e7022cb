/** fcntl(2), as far as its argument is a number. */
import { library } from "#libc";
import { checkDescriptor, checkInt } from "./arguments.ts";
import { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_SETFD, F_SETFL } from "./constants.ts";
import { succeeded } from "./sockets.ts";

/** Others take a pointer, for which no number may be passed. */
const commands = [F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_SETFD, F_SETFL];

/** Reads or sets the flags of a descriptor, or copies it; the commands are `F_DUPFD`, `F_DUPFD_CLOEXEC`, `F_GETFD`, `F_GETFL`, `F_SETFD` and `F_SETFL`. */
export function fcntl(fd: number, command: number, argument = 0): number {
  const wanted = checkInt("command", command);
  if (!commands.includes(wanted)) {
    throw new RangeError(`command must be one of those that take a number, not ${command}`);
  }
  const value = checkInt("argument", argument);
  if (value < 0) throw new RangeError(`argument must not be negative, but is ${value}`);
  return succeeded("fcntl", library.calls.fcntl(checkDescriptor(fd), wanted, value));
}
