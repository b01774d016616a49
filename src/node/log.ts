// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

/** What is logged of an error. Causes are left out: viem's carry whole requests and the RPC's URL. */
export interface LoggedError {
  code: string;
  reason: string;
}

/** An error, fit for a log line: its code and message, no stack, no cause. */
export function describeError(error: unknown): LoggedError {
  if (error instanceof BaseError) return { code: error.code, reason: error.message };
  if (error instanceof Error) return { code: error.name, reason: "unexpected failure" };
  return { code: "UNKNOWN", reason: "unexpected failure" };
}
