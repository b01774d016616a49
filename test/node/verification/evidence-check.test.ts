// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { keccak256, toHex } from "viem";

import type { EvidencePiece, TrackedRequest } from "../../../src/node/request-book.ts";
import { CheckedPieces } from "../../../src/node/verification/evidence-check.ts";
import { Evidence } from "../../../src/protocol/index.ts";

const wordOf = (text: string) => keccak256(toHex(text));

function trackedWith(output: string): TrackedRequest {
  const [id, outputCommitment] = [wordOf("request"), wordOf(output)];
  return { id, outputCommitment, units: 1 } as unknown as TrackedRequest;
}

function pieceIn(blockNumber: bigint, transaction = "transaction"): EvidencePiece {
  return { kind: Evidence.TEE, transactionHash: wordOf(transaction), blockNumber };
}

describe("CheckedPieces", () => {
  it("behavior: what a reorganisation brings back is not looked at again", () => {
    const checked = new CheckedPieces();
    expect(checked.has(trackedWith("7"), pieceIn(10n)), "before").to.equal(false);
    checked.add(trackedWith("7"), pieceIn(10n));
    expect(checked.has(trackedWith("7"), pieceIn(12n)), "in another block").to.equal(true);
  });

  it("behavior: other evidence, and evidence about another result, is looked at", () => {
    const checked = new CheckedPieces();
    checked.add(trackedWith("7"), pieceIn(10n));
    expect(checked.has(trackedWith("7"), pieceIn(10n, "other")), "other evidence").to.equal(false);
    expect(checked.has(trackedWith("8"), pieceIn(10n)), "another result").to.equal(false);
  });
});
