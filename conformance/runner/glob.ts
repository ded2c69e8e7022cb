/** Patterns over case ids: `*` is any run of characters; a pattern without `*` is matched exactly by rules. */

export function globMatches(pattern: string, id: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${source}$`).test(id);
}

/** As `--filter` means it: a glob, or any part of the id. */
export function matches(filter: string, id: string): boolean {
  return id.includes(filter) || globMatches(filter, id);
}
