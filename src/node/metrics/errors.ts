// SPDX-License-Identifier: MIT
import { BaseError } from "../../protocol/errors.ts";

/** A source of metrics or a check did not answer in time. */
export class SourceLateError extends BaseError {
  override readonly code = "METRIC-001";
  constructor(name: string) {
    super(`"${name}" did not answer in time. Check the load of this machine and the source's.`);
  }
}
