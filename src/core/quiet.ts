/** Marks a promise as observed: a failure that nobody waits for must not end the program. Who does wait still gets it. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
