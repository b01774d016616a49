// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { BaseError } from "../../src/protocol/errors.ts";
import * as tee from "../../src/tee/index.ts";

type Constructor = new (...parameters: unknown[]) => unknown;

/** All concrete error classes of the public API. */
function errorClasses(): readonly Constructor[] {
  return Object.values(tee)
    .filter((value) => typeof value === "function")
    .map((value) => value as unknown as Constructor)
    .filter((value) => value.prototype instanceof BaseError && value.name !== "CertificateError");
}

describe("errors", () => {
  it("default: each class has its own code and a message", () => {
    const errors = errorClasses().map((each) => new each(1, "reason") as BaseError);
    const codes = errors.map(({ code }) => code);
    expect(errors, "classes").to.have.lengthOf(29);
    expect(new Set(codes).size, "codes are unique").to.equal(errors.length);
    for (const error of errors) {
      expect(error.code, error.name).to.match(/^TEE-\d{3}$/);
      expect(error.message, error.name).to.match(/^[A-Z].{10,}[.]$/);
    }
  });
});
