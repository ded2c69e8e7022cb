/** A suite whose author forgot to export anything. */
export const cases: readonly never[] = [];
