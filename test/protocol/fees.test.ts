// SPDX-License-Identifier: MIT
import { expect } from "chai";
import * as fc from "fast-check";
import { zeroAddress } from "viem";

import { fee, payoutOf, SharesAboveFeeError, splitFee } from "../../src/protocol/index.ts";
import { address, bigUint, uint } from "./fixtures.ts";

const bps = fc.nat({ max: 10_000 }).chain((verificationBps) =>
  fc.record({
    verificationBps: fc.constant(verificationBps),
    dataBps: fc.nat({ max: 10_000 - verificationBps }),
  }),
);

describe("fee", () => {
  it("default", () => {
    expect(fee({ units: 3, unitPrice: 2n, maxFee: 10n }), "metered").to.equal(6n);
  });

  it("behavior: never above maxFee", () => {
    expect(fee({ units: 6, unitPrice: 2n, maxFee: 10n }), "capped").to.equal(10n);
    expect(fee({ units: 5, unitPrice: 2n, maxFee: 10n }), "exactly").to.equal(10n);
  });
});

const splitTooMuch = () =>
  splitFee({ fee: 1n, verificationBps: 9_000, dataBps: 1_001, hasData: true });

describe("splitFee", () => {
  it("default", () => {
    const shares = splitFee({ fee: 1_000n, verificationBps: 1_000, dataBps: 500, hasData: true });
    expect(shares, "shares").to.deep.equal({ inference: 850n, verification: 100n, data: 50n });
  });

  it("behavior: without data its share is the node's", () => {
    const shares = splitFee({ fee: 1_000n, verificationBps: 1_000, dataBps: 500, hasData: false });
    expect(shares, "shares").to.deep.equal({ inference: 900n, verification: 100n, data: 0n });
  });

  it("behavior: shares sum to the fee for every amount", () => {
    fc.assert(
      fc.property(bigUint(128), bps, fc.boolean(), (amount, shares, hasData) => {
        const split = splitFee({ fee: amount, ...shares, hasData });
        const sum = split.inference + split.verification + split.data;
        const least = [split.inference, split.verification, split.data];
        return sum === amount && least.every((share) => share >= 0n);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it("error: shares above the whole", () => {
    expect(splitTooMuch, "10,001 of 10,000").to.throw(SharesAboveFeeError, "10001");
  });
});

describe("payoutOf", () => {
  it("default: sums to maxFee for every request", () => {
    fc.assert(
      fc.property(
        bigUint(128),
        bigUint(128),
        uint(40),
        fc.option(address, { nil: zeroAddress }),
        bps,
        (maxFee, unitPrice, units, dataNode, parameters) => {
          const payout = payoutOf({ request: { maxFee, unitPrice, dataNode }, units, parameters });
          return payout.inference + payout.verification + payout.data + payout.refund === maxFee;
        },
      ),
      { seed: 2, numRuns: 1_000 },
    );
  });
});
