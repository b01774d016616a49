// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  defaultDeadlines,
  earliestRefund,
  Evidence,
  evidenceOf,
  finalAt,
  PATHS,
  requiredEvidenceOf,
  toEvidenceSet,
} from "../../src/protocol/index.ts";

const parameters = { challengeWindow: 600, disputeWindow: 7_200 };

describe("defaultDeadlines", () => {
  it("default: in order, and as close as admission accepts", () => {
    const { deliverBy, proveBy, refundAfter } = defaultDeadlines({ now: 1_000n, parameters });
    expect(deliverBy, "deliverBy").to.equal(1_600);
    expect(proveBy, "proveBy").to.equal(5_200);
    expect(refundAfter, "refundAfter").to.equal(earliestRefund(proveBy, parameters));
    expect(refundAfter, "window and dispute").to.equal(5_200 + 7_800);
  });
});

const ask = (present: Evidence[], requiredEvidence = 0, teeWindow = 0) =>
  finalAt({
    record: { clock: 1_000, evidence: toEvidenceSet([Evidence.VANILLA, ...present]) },
    requiredEvidence,
    parameters,
    model: { teeWindow },
  });

describe("finalAt", () => {
  it("default: a claim waits for the challenge window", () => {
    expect(ask([]), "claim").to.equal(1_600);
  });

  it("behavior: a proof is final at once, whatever else is there", () => {
    expect(ask([Evidence.ZKML], 0, 60), "proof").to.equal(1_000);
    expect(ask([Evidence.ZKML, Evidence.TEE], 0, 60), "proof and signature").to.equal(1_000);
  });

  it("behavior: a signature waits for the model's window, if it has one", () => {
    expect(ask([Evidence.TEE]), "no window").to.equal(1_000);
    expect(ask([Evidence.TEE], 0, 60), "window").to.equal(1_060);
  });

  for (const path of PATHS) {
    it(`behavior: ${path}: zero exactly while what it requires is missing`, () => {
      const required = requiredEvidenceOf([path]);
      expect(ask([], required) === 0, "claim alone").to.equal(path !== "vanilla");
      expect(ask([evidenceOf(path)], required), "evidence there").to.not.equal(0);
    });
  }
});
