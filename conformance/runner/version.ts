/** Versions of runtimes: their order, and ranges of them. */

/** Whether all comparisons of `range` hold: `>=1.4 <1.5`, `2.9.6`; missing parts are 0. */
export function inRange(version: string, range: string): boolean {
  return range.trim().split(/\s+/).every((part) => {
    const [, operator = "=", wanted = ""] = comparison.exec(part) ?? [];
    const order = compareVersions(version, wanted);
    return { "=": order === 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[operator] ?? false;
  });
}

/** Whether it is a text that `inRange` understands. */
export function isRange(text: string): boolean {
  return text.trim().split(/\s+/).every((part) => comparison.test(part));
}

const comparison = /^(>=|<=|>|<|=)?(\d+(?:\.\d+){0,2})$/;

/** Below 0 if `left` is the older one. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
