// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { DEVELOPMENT_ALPHA } from "../../src/zkml/development.ts";
import { MissingPhase2Error, VerifyingKeyFormatError } from "../../src/zkml/errors.ts";
import { verifyGroth16 } from "../../src/zkml/groth16.ts";
import { BASE_FIELD_ORDER, encodeG1, type Groth16Proof } from "../../src/zkml/groth16-proof.ts";
import { loadVerifyingKey } from "../../src/zkml/model-files.ts";
import {
  assertPhase2,
  formatVerifyingKey,
  parseVerifyingKey,
  toContractVerifyingKey,
  type VerifyingKey,
} from "../../src/zkml/verifying-key.ts";
import { verifyZkmlEvidence } from "../../src/zkml/verify-evidence.ts";
import { forgeWithoutPhase2 } from "./forgery.ts";
import { rejectionOf, ROOT, thrownBy, withField } from "./fixtures.ts";

const digitsKey = () => loadVerifyingKey("digits");

describe("parseVerifyingKey", () => {
  it("default: reads what formatVerifyingKey writes, which is the committed file", async () => {
    const file = path.join(ROOT, "models/digits/verifying-key.json");
    expect(formatVerifyingKey(await digitsKey()), file).to.equal(readFileSync(file, "utf8"));
  });

  it("behavior: a key of the development ceremony is one, whatever it says of itself", async () => {
    const key = await digitsKey();
    expect(encodeG1(key.vk_alpha_1), "alpha").to.deep.equal(DEVELOPMENT_ALPHA);
    expect(parseVerifyingKey({ ...key, development: false }).development, "mark").to.equal(true);
  });

  it("behavior: an output of several chunks has as many signals", async () => {
    for (const nPublic of [4, 64]) {
      const IC = Array.from({ length: nPublic + 1 }, () => point);
      const key = parseVerifyingKey({ ...(await digitsKey()), nPublic, IC });
      expect(toContractVerifyingKey(key).ic.length, `${nPublic} signals`).to.equal(nPublic + 1);
    }
  });

  const point = ["1", "2", "1"];
  const changes: readonly [title: string, path: string, value: unknown, named: string][] = [
    ["other protocol", "protocol", "plonk", "protocol"],
    ["other curve", "curve", "bls12381", "curve"],
    ["too few signals", "nPublic", 2, "nPublic"],
    ["too many signals", "nPublic", 65, "nPublic"],
    ["half a signal", "nPublic", 3.5, "nPublic"],
    ["signals in text", "nPublic", "3", "nPublic"],
    ["more signals than points", "nPublic", 4, "IC"],
    ["too few IC points", "IC", [point, point, point], "IC"],
    ["too many IC points", "IC", [point, point, point, point, point], "IC"],
    ["missing delta", "vk_delta_2", undefined, "vk_delta_2"],
    ["hex", "vk_alpha_1.0", "0x12", "vk_alpha_1[0]"],
    ["number", "vk_alpha_1.0", 12, "vk_alpha_1[0]"],
    ["coordinate of the field's order", "vk_alpha_1.1", `${BASE_FIELD_ORDER}`, "vk_alpha_1[1]"],
  ];
  for (const [title, field, value, named] of changes) {
    it(`error: ${title}`, async () => {
      const key = withField(await digitsKey(), field, value);
      const error = thrownBy(() => parseVerifyingKey(key));
      expect(error, title).to.be.instanceOf(VerifyingKeyFormatError);
      expect((error as Error).message, "names the field").to.contain(`\`${named}\``);
    });
  }
});

describe("toContractVerifyingKey", () => {
  it("default: G2 coordinates have the imaginary part first", async () => {
    const key = await digitsKey();
    const words = toContractVerifyingKey(key);
    const [[x0, x1], [y0, y1]] = key.vk_beta_2 as [[string, string], [string, string]];
    expect(words.beta, "beta").to.deep.equal([x1, x0, y1, y0].map(BigInt));
    expect(words.alpha, "alpha").to.deep.equal(key.vk_alpha_1.slice(0, 2).map(BigInt));
    expect(words.ic.length, "IC points").to.equal(4);
    expect(words.development, "mark").to.equal(true);
  });

  it("behavior: the mark follows alpha alone", async () => {
    const key = { ...(await digitsKey()), vk_alpha_1: ["1", "2", "1"] };
    expect(toContractVerifyingKey(key).development, "mark").to.equal(false);
  });
});

function withDelta(key: VerifyingKey, delta: VerifyingKey["vk_delta_2"]): VerifyingKey {
  return { ...key, vk_delta_2: delta };
}

describe("assertPhase2", () => {
  it("default: the committed key has a contribution", async () => {
    const key = await digitsKey();
    expect(
      thrownBy(() => assertPhase2(key)),
      "committed key",
    ).to.equal(undefined);
  });

  it("error: gamma equals delta", async () => {
    const key = await digitsKey();
    const error = thrownBy(() => assertPhase2(withDelta(key, key.vk_gamma_2)));
    expect(error, "no contribution").to.be.instanceOf(MissingPhase2Error);
  });

  it("error: delta is the generator, with another gamma", async () => {
    const key = await digitsKey();
    const swapped = { ...withDelta(key, key.vk_gamma_2), vk_gamma_2: key.vk_delta_2 };
    const error = thrownBy(() => assertPhase2(swapped));
    expect(error, "delta is the generator").to.be.instanceOf(MissingPhase2Error);
  });

  it("error: a forged proof verifies under such a key, so evidence under it is never judged", async () => {
    const key = await digitsKey();
    const weak = withDelta(key, key.vk_gamma_2);
    const signals = [1n, 2n, 3n] as const;
    const forged: Groth16Proof = await forgeWithoutPhase2(weak, signals);
    expect(await verifyGroth16(weak, signals, forged), "pairing of the forgery").to.equal(true);
    expect(await verifyGroth16(key, signals, forged), "under the real key").to.equal(false);

    const word = `0x${"00".repeat(32)}` as const;
    const parameters = { inputCommitment: word, outputCommitment: word, binding: 0n } as const;
    const verdict = verifyZkmlEvidence({ verifyingKey: weak, ...parameters, evidence: "0x" });
    expect(await rejectionOf(verdict), "verdict").to.be.instanceOf(MissingPhase2Error);
  });
});
