/** What ss(8) says of the TCP sockets with a local port, in the network namespace of a process. */
import { execFileSync } from "node:child_process";

/** A line for each socket, with its timers and TCP_INFO. Entering the namespace of another process needs root. */
export function ss(pid: number, port: number): readonly string[] {
  const asking = ["ss", "--tcp", "--info", "--numeric", "--options", "--all", "--oneline", "--no-header"];
  const text = execFileSync("nsenter", ["--target", `${pid}`, "--net", "--", ...asking, "sport", "=", `:${port}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
