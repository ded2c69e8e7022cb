/** The library after `omnisock/libc` was imported: what a program has that asks for the C library's calls. */
import "omnisock/libc";

export * from "omnisock";
