// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  ALL_EVIDENCE,
  Evidence,
  evidenceIn,
  evidenceOf,
  hasEvidence,
  includesEvidence,
  parsePath,
  pathOf,
  PATHS,
  pathsIn,
  pathsToSet,
  PROVING_EVIDENCE,
  requiredEvidenceOf,
  UnknownPathError,
} from "../../src/protocol/index.ts";

describe("evidence", () => {
  it("default: the numbers are HACA's", () => {
    expect(PATHS.map(evidenceOf), "kinds").to.deep.equal([0, 1, 2]);
    expect([ALL_EVIDENCE, PROVING_EVIDENCE], "sets").to.deep.equal([7, 6]);
  });

  for (const path of PATHS) {
    it(`behavior: ${path} converts there and back`, () => {
      expect(pathOf(evidenceOf(path)), "kind").to.equal(path);
      expect(parsePath(path.toUpperCase()), "text").to.equal(path);
      expect(pathsIn(pathsToSet([path])), "set").to.deep.equal([path]);
      expect(hasEvidence(pathsToSet([path]), evidenceOf(path)), "member").to.equal(true);
    });
  }

  it("behavior: sets hold and compare their members", () => {
    for (let set = 0; set <= ALL_EVIDENCE; set += 1) {
      expect(pathsToSet(pathsIn(set)), `set ${set}`).to.equal(set);
      for (let subset = 0; subset <= ALL_EVIDENCE; subset += 1) {
        const all = evidenceIn(subset).every((kind) => hasEvidence(set, kind));
        expect(includesEvidence(set, subset), `${subset} in ${set}`).to.equal(all);
      }
    }
  });

  it("behavior: a claim is never required", () => {
    expect(requiredEvidenceOf(["vanilla"]), "vanilla").to.equal(0);
    expect(requiredEvidenceOf(PATHS), "all").to.equal(PROVING_EVIDENCE);
    expect(evidenceIn(requiredEvidenceOf(["tee"])), "tee").to.deep.equal([Evidence.TEE]);
  });

  it("error: an unknown path", () => {
    expect(() => parsePath("gpu"), "gpu").to.throw(UnknownPathError, "vanilla, zkml, tee");
  });
});
