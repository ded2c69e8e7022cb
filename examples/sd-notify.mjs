/** Tells systemd the state of a service, as sd_notify(3) does. `sd-notify.mjs [state]...`, for instance READY=1 STATUS=listening */
import { AF_UNIX, close, sendto, SOCK_DGRAM, socket } from "omnisock/libc";
import process from "node:process";

const states = process.argv.slice(2);
console.log(notify((states.length > 0 ? states : ["READY=1"]).join("\n")) ? "told" : "nobody is there to be told");

/** Whether there is a service manager; fails if it cannot be told. */
function notify(state) {
  const { NOTIFY_SOCKET: name } = process.env;
  if (!name) return false;
  if (!/^[/@]./.test(name)) throw new Error(`NOTIFY_SOCKET is neither a path nor an abstract name: ${name}`);
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    sendto(fd, new TextEncoder().encode(state), 0, { family: "unix", path: name.replace(/^@/, "\0") });
    return true;
  } finally {
    close(fd);
  }
}
