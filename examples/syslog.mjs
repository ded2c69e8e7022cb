/** Writes a line to the system's log. `syslog.mjs message [path]`; the path is that of the daemon's socket. */
import { AF_UNIX, close, connect, send, SOCK_DGRAM, socket } from "omnisock/libc";
import process from "node:process";

const facilityUser = 1;
const severityNotice = 5;

const [message = "hello", path = "/dev/log"] = process.argv.slice(2);
const fd = socket(AF_UNIX, SOCK_DGRAM);
try {
  connect(fd, { family: "unix", path });
  send(fd, new TextEncoder().encode(line(message)));
} finally {
  close(fd);
}

/** As daemons of this host take it, RFC 3164: priority, time, tag; the daemon adds the name of the host. */
function line(message) {
  const now = new Date();
  const [, month, day] = now.toDateString().split(" ");
  const time = `${month} ${String(Number(day)).padStart(2)} ${now.toTimeString().slice(0, 8)}`;
  return `<${facilityUser * 8 + severityNotice}>${time} omnisock[${process.pid}]: ${message}`;
}
