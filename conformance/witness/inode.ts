/** Which descriptors of a process are sockets: by inode, from `/proc/<pid>/fd`. */
import { readdirSync, readlinkSync } from "node:fs";

/** Descriptor numbers by socket inode; empty if the process is gone. */
export function socketInodes(pid: number): ReadonlyMap<number, number> {
  const inodes = new Map<number, number>();
  for (const descriptor of list(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`))?.[1];
    if (inode) inodes.set(Number(inode), Number(descriptor));
  }
  return inodes;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A descriptor may be closed between the listing and this. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
