// SPDX-License-Identifier: MIT
import type { assayErrorsAbi } from "../../src/abi/assayErrors.ts";

/** The contracts' custom errors, and the checked arithmetic's. */
export type ErrorName = (typeof assayErrorsAbi)[number]["name"] | "Panic";

/** A command that changes nothing, because it is against this rule. */
export class Refusal extends Error {
  readonly error: ErrorName;

  constructor(error: ErrorName) {
    super(error);
    this.error = error;
  }
}

export function refuseIf(isBad: boolean, error: ErrorName): void {
  if (isBad) throw new Refusal(error);
}
