/** The group of a case, which is the first part of its id. */
export function groupOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
