// SPDX-License-Identifier: MIT
import { SourceLateError } from "./errors.ts";

/**
 * Waits for an answer, at most so long; what comes later is thrown away.
 *
 * @throws {SourceLateError}, and what the question throws.
 */
export async function within<T>(name: string, milliseconds: number, answer: Promise<T>) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SourceLateError(name)), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
