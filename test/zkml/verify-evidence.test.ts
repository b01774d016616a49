// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { network } from "hardhat";
import {
  concatHex,
  type Hex,
  hexToBigInt,
  hexToBytes,
  keccak256,
  numberToHex,
  size,
  slice,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";

import { pathsToSet } from "../../src/protocol/evidence.ts";
import {
  encodeZkmlEvidence,
  resultBinding,
  toContractVerifyingKey,
  verifyZkmlEvidence,
} from "../../src/zkml/index.ts";
import { keyOfKnownSecrets, proveAnything } from "./forgery.ts";

const INPUT = numberToHex(42, { size: 32 });
const DIGEST = keccak256(toHex("a result digest"));
const FULL = toHex(Uint8Array.from({ length: 31 }, (_, index) => index + 1));
const LEADING_ZERO = concatHex(["0x00", slice(FULL, 1)]);

/** Outputs of every shape, and whether they prove anything under a key for this many chunks. */
const OUTPUTS: readonly [title: string, chunks: number, output: Hex, proves: boolean][] = [
  ["a class", 1, "0x07", true],
  ["class zero", 1, "0x00", true],
  ["two bytes", 1, "0x0107", true],
  ["a whole chunk", 1, FULL, true],
  ["nothing", 1, "0x", false],
  ["a leading zero", 1, "0x0007", false],
  ["two zeros", 1, "0x0000", false],
  ["a whole chunk with a leading zero", 1, LEADING_ZERO, false],
  ["one chunk too many", 1, concatHex([FULL, "0x07"]), false],
  ["a chunk and a byte", 2, concatHex([FULL, "0x07"]), true],
  ["a chunk and zero", 2, concatHex([FULL, "0x00"]), true],
  ["two chunks", 2, concatHex([FULL, FULL]), true],
  ["a leading zero, not in the last chunk", 2, concatHex([LEADING_ZERO, FULL]), true],
  ["a leading zero in the last chunk", 2, concatHex([FULL, "0x0007"]), false],
  ["a last chunk with a leading zero", 2, concatHex([FULL, LEADING_ZERO]), false],
  ["one chunk too few", 2, FULL, false],
  ["three chunks", 3, concatHex([FULL, LEADING_ZERO, "0x0102"]), true],
];

/** The integers of the chunks, as many as the key has, whatever the output: what a forger would prove. */
function signalsOf(output: Hex, chunks: number): bigint[] {
  const values = Array.from({ length: chunks }, (_, index) => {
    const [start, end] = [index * 31, Math.min((index + 1) * 31, size(output))];
    return start < end ? hexToBigInt(slice(output, start, end)) : 0n;
  });
  return [BigInt(INPUT), ...values, resultBinding(DIGEST)];
}

interface Piece {
  modelId: Hex;
  chunks: number;
  output: Hex;
  evidence: Hex;
}

describe("verifyZkmlEvidence", () => {
  async function deploy() {
    const { viem } = await network.create();
    const [publisher] = await viem.getWalletClients();
    const groth16 = await viem.deployContract("Groth16Verifier");
    const models = await viem.deployContract("ModelRegistry", [groth16.address]);
    const evidence = await viem.deployContract("ZkmlEvidence", [models.address, groth16.address]);
    return { publisher: publisher!.account.address, groth16, models, evidence };
  }

  /** Registers a model whose output has this many chunks. */
  async function addModel(contracts: Awaited<ReturnType<typeof deploy>>, chunks: number) {
    const { publisher, groth16, models } = contracts;
    const key = toContractVerifyingKey(await keyOfKnownSecrets(chunks + 2));
    await groth16.write.registerKey([key]);
    const [registered] = await groth16.getEvents.VerifyingKeyRegistered();
    const model = {
      publisher,
      paths: pathsToSet(["zkml"]),
      unitsPerInference: 1,
      teeWindow: 0,
      bond: 1n,
      valueCap: 0n,
      weightsCommitment: zeroHash,
      verifyingKeyId: registered!.args.keyId!,
      previousVersion: zeroHash,
      uri: "",
    };
    await models.write.registerModel([model]);
    return models.read.idOf([model]);
  }

  /** Both verdicts on evidence for an output under a key for this many chunks; on chain a revert is a refusal, too. */
  async function judge(
    contracts: Awaited<ReturnType<typeof deploy>>,
    { modelId, chunks, output, evidence }: Piece,
  ) {
    const outputCommitment = keccak256(output);
    const statement = {
      id: zeroHash,
      resultDigest: DIGEST,
      modelId,
      inputCommitment: INPUT,
      result: { outputCommitment, units: 1, node: zeroAddress },
    };
    const onChain = contracts.evidence.read.verify([statement, evidence]).catch(() => false);
    const verdict = await verifyZkmlEvidence({
      verifyingKey: await keyOfKnownSecrets(chunks + 2),
      inputCommitment: INPUT,
      outputCommitment,
      binding: resultBinding(DIGEST),
      evidence,
    });
    return { onChain: await onChain, offChain: verdict.valid };
  }

  it("behavior: the verdict is the contract's, for outputs of every shape", async () => {
    const contracts = await deploy();
    const modelIds = [await addModel(contracts, 1), await addModel(contracts, 2)];
    modelIds.push(await addModel(contracts, 3));
    for (const [title, chunks, output, proves] of OUTPUTS) {
      const proof = await proveAnything(signalsOf(output, chunks));
      const evidence = encodeZkmlEvidence({ proof, output: hexToBytes(output) });
      const modelId = modelIds[chunks - 1]!;
      expect(await judge(contracts, { modelId, chunks, output, evidence }), title).to.deep.equal({
        onChain: proves,
        offChain: proves,
      });
    }
  });

  it("behavior: the verdict is the contract's, for evidence of every shape", async () => {
    const contracts = await deploy();
    const modelId = await addModel(contracts, 1);
    const output = "0x07";
    const proof = await proveAnything(signalsOf(output, 1));
    const evidence = encodeZkmlEvidence({ proof, output: hexToBytes(output) });
    const words = slice(evidence, 0, 256);
    const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
    const padded = `0x07${"00".repeat(31)}` as const;
    const shapes: [title: string, evidence: Hex, proves: boolean][] = [
      ["as encoded", evidence, true],
      ["with a byte behind", concatHex([evidence, "0xff"]), true],
      ["without padding", slice(evidence, 0, size(evidence) - 31), true],
      ["dirty padding", concatHex([slice(evidence, 0, size(evidence) - 1), "0xff"]), true],
      ["a gap", concatHex([words, word(320n), word(9n), word(1n), padded]), false],
      ["the output cut off", slice(evidence, 0, size(evidence) - 32), false],
      ["no output", words, false],
      ["an offset too far", concatHex([words, word(2n ** 64n), word(1n), padded]), false],
      ["a length too long", concatHex([words, word(288n), word(2n ** 64n), padded]), false],
      ["nothing", "0x", false],
    ];
    for (const [title, shape, proves] of shapes) {
      const piece = { modelId, chunks: 1, output, evidence: shape } as const;
      expect(await judge(contracts, piece), title).to.deep.equal({
        onChain: proves,
        offChain: proves,
      });
    }
  });

  it("error: signals that are missing are not zeros", async () => {
    const contracts = await deploy();
    const modelId = await addModel(contracts, 2);
    const signals = [...signalsOf("0x07", 1), 0n];
    const evidence = encodeZkmlEvidence({
      proof: await proveAnything(signals),
      output: hexToBytes("0x07"),
    });
    const verdicts = await judge(contracts, { modelId, chunks: 2, output: "0x07", evidence });
    expect(verdicts, "three signals for a key of four").to.deep.equal({
      onChain: false,
      offChain: false,
    });
  });
});
