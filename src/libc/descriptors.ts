/** Which descriptors this process has open, without a file system or a permission of the runtime. */
import { library } from "#libc";
import { memory } from "./calls.ts";
import { cString, textOf } from "./c-string.ts";
import { O_CLOEXEC, O_RDONLY, POLLNVAL } from "./constants.ts";
import { here } from "./interfaces.ts";
import { succeeded } from "./sockets.ts";

const { calls } = library;

/** How many are asked for at once: poll(2) says which of its descriptors are none. */
const batch = 1024;

/** All descriptors that are open, in their order. */
export function openDescriptors(): number[] {
  const found: number[] = [];
  const end = limit();
  const size = Math.min(batch, calls.getdtablesize());
  const bytes = memory(size * 8);
  const view = new DataView(bytes.buffer);
  for (let first = 0; first < end; first += size) {
    const count = Math.min(size, end - first);
    for (let i = 0; i < count; i++) {
      view.setInt32(i * 8, first + i, true);
      view.setInt32(i * 8 + 4, 0, true);
    }
    succeeded("poll", calls.poll(bytes, count, 0));
    for (let i = 0; i < count; i++) {
      if (!(view.getInt16(i * 8 + 6, true) & POLLNVAL)) found.push(first + i);
    }
  }
  return found;
}

/** All descriptors are below it: the size of the kernel's table, or how many a process may have. */
function limit(): number {
  return (here.os === "linux" ? tableSize() : undefined) ?? calls.getdtablesize();
}

/** `FDSize` of proc(5), if that is mounted: it covers every descriptor, and may be far less than the limit. */
function tableSize(): number | undefined {
  const fd = calls.open(cString("path", "/proc/self/status"), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return undefined;
  const text = memory(4096);
  const length = calls.read(fd, text, text.length);
  calls.close(fd);
  const [, size] = /^FDSize:\s*(\d+)$/m.exec(textOf(text.subarray(0, Math.max(length, 0)))) ?? [];
  return size === undefined ? undefined : Number(size);
}
