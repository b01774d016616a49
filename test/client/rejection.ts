// SPDX-License-Identifier: MIT

/** What a promise rejects with; undefined if it does not. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
