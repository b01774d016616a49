// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { nextStep, type Situation, type Step } from "../../src/node/inference/steps.ts";
import { Evidence, State } from "../../src/protocol/index.ts";

const { VANILLA, ZKML, TEE } = Evidence;
const CLAIM = 0b001;
const NEEDS_ZKML = 0b010;
const NEEDS_TEE = 0b100;

function makeSituation(overrides: Partial<Situation> = {}): Situation {
  return {
    state: State.OPEN,
    required: 0,
    evidence: 0,
    isMine: true,
    isOpenToAll: false,
    hasInput: true,
    hasAnswer: true,
    hasEnclave: true,
    now: 100,
    deliverBy: 200,
    proveBy: 300,
    finalAt: 0,
    teeWindow: 0,
    dispute: undefined,
    ...overrides,
  };
}

const delivered = { state: State.DELIVERED, evidence: CLAIM };
const dispute = { arbiter: ZKML, evidenceBy: 150 };

const CASES: readonly [string, Partial<Situation>, Step | undefined][] = [
  ["answers when the input is there", { hasAnswer: false }, { do: "answer" }],
  ["waits for the input", { hasAnswer: false, hasInput: false }, undefined],
  ["brings a claim", {}, { do: "deliver", kind: VANILLA }],
  ["brings a proof", { required: NEEDS_ZKML }, { do: "deliver", kind: ZKML }],
  ["brings a signature", { required: NEEDS_TEE }, { do: "deliver", kind: TEE }],
  ["the signature first", { required: 0b110 }, { do: "deliver", kind: TEE }],
  ["waits for an enclave", { required: NEEDS_TEE, hasEnclave: false }, undefined],
  ["is too late", { now: 200 }, undefined],
  ["leaves what is another's", { isMine: false }, undefined],
  ["accepts before a claim", { isMine: false, isOpenToAll: true }, { do: "accept" }],
  [
    "needs no acceptance for a proof",
    { isMine: false, isOpenToAll: true, required: NEEDS_ZKML },
    { do: "deliver", kind: ZKML },
  ],
  [
    "accepts before a signature with a window",
    { isMine: false, isOpenToAll: true, required: NEEDS_TEE, teeWindow: 9 },
    { do: "accept" },
  ],
  [
    "delivers what it accepted",
    { state: State.ASSIGNED, isOpenToAll: true },
    { do: "deliver", kind: VANILLA },
  ],
  [
    "adds what is missing",
    { ...delivered, required: 0b110, evidence: 0b101 },
    { do: "prove", kind: ZKML },
  ],
  ["is too late to add", { ...delivered, required: 0b110, evidence: 0b101, now: 300 }, undefined],
  ["waits for the window", { ...delivered, finalAt: 101 }, undefined],
  ["finalises when it is over", { ...delivered, finalAt: 100 }, { do: "finalize" }],
  ["does not guess the window", { ...delivered, finalAt: undefined }, undefined],
  ["defends", { state: State.DISPUTED, dispute }, { do: "defend", kind: ZKML }],
  ["is too late to defend", { state: State.DISPUTED, dispute, now: 150 }, undefined],
  [
    "leaves juries alone",
    { state: State.DISPUTED, dispute: { ...dispute, arbiter: VANILLA } },
    undefined,
  ],
  ["leaves what ended", { state: State.FINAL }, undefined],
];

describe("nextStep", () => {
  for (const [title, overrides, expected] of CASES) {
    it(`behavior: ${title}`, () => {
      expect(nextStep(makeSituation(overrides)), "the step").to.deep.equal(expected);
    });
  }
});
