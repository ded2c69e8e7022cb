/** Which of many descriptors can be read or written, asked without waiting: epoll(7) or kqueue(2) behind one face. */
import type { Calls } from "../calls.ts";
import { Epoll } from "./epoll.ts";
import { Kqueue } from "./kqueue.ts";

export interface Interest {
  readonly read: boolean;
  readonly write: boolean;
}

/** What a descriptor is ready for; a failure makes it ready for both. */
export interface Ready extends Interest {
  /** What `change()` was told. */
  readonly id: number;
  readonly failed: boolean;
}

/** Level-triggered: what is ready and not dealt with is told again. */
export interface Selector {
  /** A descriptor that can be read while a watched one is ready. */
  readonly fd: number;
  /** Changes what `fd` is watched for. One that is watched for nothing is not watched, and may be closed. */
  change(fd: number, change: { readonly id: number; readonly from: Interest; readonly to: Interest }): void;
  /** Some of those that are ready; the others are told next time. */
  ready(): readonly Ready[];
  close(): void;
}

export function openSelector(calls: Calls): Selector {
  return calls.epoll_create1 === undefined ? new Kqueue(calls) : new Epoll(calls);
}

/** How many are told at a time. */
export const batch = 64;
