// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { computeMeasurement, imageRegisters } from "../../src/tee/enclave-image.ts";
import { EnclaveInputError } from "../../src/tee/errors.ts";
import { expectRefusal, hex32, image } from "./fixtures.ts";

describe("computeMeasurement", () => {
  it("default: is the same for ever, since publishers allow it on chain", () => {
    expect(computeMeasurement(image()), "measurement").to.equal(
      "0x208e5c0cb7b079dce4f15c4ad0fc252a4798b96e14301e6302d49b37c3f02707",
    );
  });

  it("behavior: another runtime or model has another measurement", () => {
    const images = [
      image(),
      image({ runtime: "assay-runtime/0.1.1" }),
      image({ runtime: "" }),
      image({ weights: hex32("12") }),
    ];
    expect(new Set(images.map(computeMeasurement)).size, "measurements").to.equal(images.length);
  });

  it("error: weights of another size", () => {
    for (const weights of ["0x", "0x11", `${hex32("11")}11`] as const) {
      expectRefusal(weights, EnclaveInputError, () => computeMeasurement(image({ weights })));
    }
  });
});

describe("imageRegisters", () => {
  it("default: PCR0 covers all, PCR1 the runtime, PCR2 the weights", () => {
    const own = imageRegisters(image());
    const differences = (other: ReturnType<typeof image>) =>
      [...imageRegisters(other)]
        .filter(([index, pcr]) => pcr !== own.get(index))
        .map(([index]) => index);
    expect(differences(image({ runtime: "other/1" })), "runtime").to.deep.equal([0, 1]);
    expect(differences(image({ weights: hex32("12") })), "weights").to.deep.equal([0, 2]);
  });
});
