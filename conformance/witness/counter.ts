/** Counters of a process's network namespace, by table and name: `Tcp.OutRsts`, `TcpExt.TCPAbortOnData`. */
import { readFileSync } from "node:fs";

export function counter(pid: number, name: string): number {
  const [table = "", column = ""] = name.split(".");
  for (const file of ["snmp", "netstat"]) {
    const rows = readFileSync(`/proc/${pid}/net/${file}`, "latin1").split("\n")
      .filter((line) => line.startsWith(`${table}: `)).map((line) => line.split(" "));
    const place = rows[0]?.indexOf(column) ?? -1;
    if (place > 0) return Number(rows[1]?.[place]);
  }
  throw new RangeError(`no counter ${name}`);
}
