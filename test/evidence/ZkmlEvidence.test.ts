// SPDX-License-Identifier: MIT
import { assert } from "chai";
import { network } from "hardhat";
import { type Hex, encodeAbiParameters, keccak256, numberToHex, parseAbiParameters } from "viem";

import { type Circuit, type Proof, buildBoundSquare } from "../support/groth16.ts";

const RESULT_DIGEST = keccak256("0x726573756c74");
const ZKML = 1;

/** A real circuit and proof through registry and verifier; edge cases are in ZkmlEvidence.t.sol. */
describe("ZkmlEvidence", () => {
  let circuit: Circuit;

  before(async () => {
    circuit = await buildBoundSquare();
  });

  after(() => circuit.dispose());

  async function deployWithModel() {
    const { viem } = await network.create();
    const [publisher] = await viem.getWalletClients();
    const groth16 = await viem.deployContract("Groth16Verifier");
    const models = await viem.deployContract("ModelRegistry", [groth16.address]);
    const evidence = await viem.deployContract("ZkmlEvidence", [models.address, groth16.address]);
    await groth16.write.registerKey([circuit.key]);
    const [registered] = await groth16.getEvents.VerifyingKeyRegistered();
    const model = {
      publisher: publisher!.account.address,
      paths: 1 << ZKML,
      unitsPerInference: 1,
      teeWindow: 0,
      bond: 1n,
      valueCap: 0n,
      weightsCommitment: numberToHex(0, { size: 32 }),
      verifyingKeyId: registered!.args.keyId!,
      previousVersion: numberToHex(0, { size: 32 }),
      uri: "",
    };
    await models.write.registerModel([model]);
    return { evidence, modelId: await models.read.idOf([model]) };
  }

  describe("verify", () => {
    it("default", async () => {
      const { evidence, modelId } = await deployWithModel();
      const { proof, signals } = await circuit.prove(5n, BigInt(RESULT_DIGEST) >> 8n);
      assert.deepEqual(signals.slice(0, 2), [25n, 10n], "input commitment and output");
      const verified = await evidence.read.verify([statement(modelId), encode(proof, "0x0a")]);
      assert.isTrue(verified, "proof by snarkjs");
      assert.isTrue(await evidence.read.isAvailable([modelId]), "available");
    });

    it("behavior: a proof for another result's digest is false", async () => {
      const { evidence, modelId } = await deployWithModel();
      const { proof } = await circuit.prove(5n, BigInt(RESULT_DIGEST) >> 8n);
      const other = statement(modelId, keccak256(RESULT_DIGEST));
      assert.isFalse(await evidence.read.verify([other, encode(proof, "0x0a")]), "copied proof");
    });

    it("behavior: another output with the proof is false", async () => {
      const { evidence, modelId } = await deployWithModel();
      const { proof } = await circuit.prove(5n, BigInt(RESULT_DIGEST) >> 8n);
      for (const output of ["0x0b", "0x000a", "0x0a00", "0x"] as const) {
        const { result, ...rest } = statement(modelId);
        const claimed = { ...rest, result: { ...result, outputCommitment: keccak256(output) } };
        const verified = await evidence.read.verify([claimed, encode(proof, output)]);
        assert.isFalse(verified, `output ${output}`);
      }
    });
  });

  describe("verifyBatch", () => {
    it("default", async () => {
      const { evidence, modelId } = await deployWithModel();
      const digests = [RESULT_DIGEST, keccak256(RESULT_DIGEST), keccak256("0x00")];
      const statements = digests.map((digest) => statement(modelId, digest));
      const pieces: Hex[] = [];
      for (const digest of digests)
        pieces.push(encode((await circuit.prove(5n, BigInt(digest) >> 8n)).proof, "0x0a"));
      assert.isTrue(await evidence.read.verifyBatch([statements, pieces]), "proofs by snarkjs");
      const [first, second, third] = pieces as [Hex, Hex, Hex];
      const swapped = [second, first, third];
      assert.isFalse(await evidence.read.verifyBatch([statements, swapped]), "swapped");
      const copied = [first, first, third];
      assert.isFalse(await evidence.read.verifyBatch([statements, copied]), "copied");
    });
  });
});

/** Of a node that squared and doubled 5: the input commitment is 25, the output 10. */
function statement(modelId: Hex, resultDigest: Hex = RESULT_DIGEST) {
  return {
    id: keccak256("0x01"),
    resultDigest,
    modelId,
    inputCommitment: numberToHex(25, { size: 32 }),
    result: {
      outputCommitment: keccak256("0x0a"),
      units: 1,
      node: "0x00000000000000000000000000000000000000aa",
    },
  } as const;
}

function encode({ a, b, c }: Proof, output: Hex): Hex {
  return encodeAbiParameters(parseAbiParameters("uint256[8] proof, bytes output"), [
    [...a, ...b, ...c],
    output,
  ]);
}
