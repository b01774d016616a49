// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { type Client, decodeFunctionData, encodeFunctionData, type Hex } from "viem";

import { groth16VerifierAbi } from "../../src/abi/groth16Verifier.ts";
import { inferenceMarketAbi } from "../../src/abi/inferenceMarket.ts";
import { Evidence } from "../../src/protocol/evidence.ts";
import type { Request } from "../../src/protocol/request.ts";
import type { Receipt } from "../../src/protocol/receipt.ts";
import { assayDomain, hashResult } from "../../src/protocol/typed-data.ts";
import { checkZkmlEvidence } from "../../src/verifier/checks/zkmlEvidence.ts";
import { RefutedError } from "../../src/verifier/errors.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { decodeZkmlEvidence, encodeZkmlEvidence } from "../../src/zkml/index.ts";
import { BASE_FIELD_ORDER } from "../../src/zkml/groth16-proof.ts";
import { contradict, contradictView } from "./contradictions.ts";
import { expectRefuted, expectValid, explanationOf } from "./reports.ts";
import { settle } from "./settle.ts";
import { closeWorld, createWorld, rejectionOf, type World } from "./world.ts";

/** The receipt with another proof. */
function withProof(receipt: Receipt, data: Hex, transactionHash?: Hex): Receipt {
  const evidence = receipt.evidence.map((piece) =>
    piece.kind === Evidence.ZKML
      ? { ...piece, data, transactionHash: transactionHash ?? piece.transactionHash }
      : piece,
  );
  return { ...receipt, evidence };
}

/** The other square root: of a point's y, that of the opposite point. */
function negate(value: string): string {
  return String(BASE_FIELD_ORDER - BigInt(value));
}

function proofOf({ evidence }: Receipt): { data: Hex; transactionHash: Hex } {
  return evidence.find(({ kind }) => kind === Evidence.ZKML)!;
}

describe("verifyReceipt: ZKML evidence", () => {
  let world: World;
  let receipt: Receipt;
  let other: Receipt;
  const verify = (given: Receipt, client: Client = world.chain) =>
    verifyReceipt(client, { deployment: world.deployment, receipt: given });
  /** A chain whose calldata has other evidence than was brought: mathematics alone can tell. */
  const carrying = (data: Hex, request?: Request) =>
    contradict(world, (method, _params, answer) => {
      if (method !== "eth_getTransactionByHash" || answer === null) return answer;
      const transaction = answer as { input: Hex };
      const call = decodeFunctionData({ abi: inferenceMarketAbi, data: transaction.input });
      if (call.functionName !== "fulfil") return answer;
      const [given, result, kind] = call.args;
      const args = [request ?? given, result, kind, data] as const;
      return {
        ...transaction,
        input: encodeFunctionData({ abi: inferenceMarketAbi, functionName: "fulfil", args }),
      };
    });

  before(async () => {
    world = await createWorld();
    const { chain, deployment } = world;
    const orders = [await settle(world, "zkml"), await settle(world, "zkml")] as const;
    receipt = await buildReceipt(chain, { deployment, requestId: orders[0].id });
    other = await buildReceipt(chain, { deployment, requestId: orders[1].id });
  });
  after(() => closeWorld(world));

  it("default: both receipts verify, and the report names the key", async () => {
    expectValid(await verify(other), "the other");
    const report = await verify(receipt);
    expectValid(report, "the one");
    expect(explanationOf(report, "evidence:zkml"), "key").to.include(receipt.model.verifyingKeyId);
  });

  it("error: a valid proof for another request", async () => {
    const proof = proofOf(other);
    const name = "evidence:zkml";
    expectRefuted(
      await verify(withProof(receipt, proof.data)),
      name,
      /not those of the trans/,
      "its bytes",
    );
    expectRefuted(
      await verify(withProof(receipt, proof.data, proof.transactionHash)),
      name,
      /accepted no zkml evidence for this request/,
      "its transaction, too",
    );
    expectRefuted(
      await verify(withProof(receipt, proof.data), carrying(proof.data)),
      name,
      /does not verify for this request/,
      "on a chain that says it was brought",
    );
  });

  it("error: the proof's bytes, brought for another request", async () => {
    const { data } = proofOf(receipt);
    expectRefuted(
      await verify(receipt, carrying(data, other.request)),
      "evidence:zkml",
      /brought for another request/,
      "calldata",
    );
  });

  it("error: a proof rewritten so that it still verifies is not the one that was brought", async () => {
    const { proof, output } = decodeZkmlEvidence(proofOf(receipt).data);
    // (A, B, C) and (-A, -B, C) satisfy the same equation.
    const [ax = "", ay = "", az = ""] = proof.pi_a;
    const [bx = [], by = [], bz = []] = proof.pi_b;
    const rewritten = encodeZkmlEvidence({
      output,
      proof: { ...proof, pi_a: [ax, negate(ay), az], pi_b: [bx, by.map(negate), bz] },
    });
    expectValid(
      await verify(withProof(receipt, rewritten), carrying(rewritten)),
      "its mathematics",
    );
    expectRefuted(
      await verify(withProof(receipt, rewritten)),
      "evidence:zkml",
      /calldata/,
      "its bytes",
    );
  });

  it("error: a chain that accepted nonsense", async () => {
    const { data } = proofOf(receipt);
    const nonsense: [string, Hex, RegExp][] = [
      ["nothing", "0x", /not a proof with its output/],
      ["noise", "0x0123456789abcdef", /not a proof with its output/],
      [
        "another output",
        data.replace(/01(0+)$/, "02$1").replace(/03(0{62})$/, "04$1") as Hex,
        /another output/,
      ],
    ];
    for (const [label, bytes, reason] of nonsense)
      expectRefuted(
        await verify(withProof(receipt, bytes), carrying(bytes)),
        "evidence:zkml",
        reason,
        label,
      );
  });

  it("error: the chain's key is another than the model's", async () => {
    const key = await world.chain.readContract({
      address: world.deployment.groth16Verifier,
      abi: groth16VerifierAbi,
      functionName: "keyOf",
      args: [receipt.model.verifyingKeyId],
    });
    const changes: [string, Record<string, unknown>][] = [
      ["delta", { delta: key.beta }],
      ["alpha", { alpha: key.ic[0] }],
      ["ic", { ic: key.ic.toReversed() }],
      ["mark", { development: false }],
    ];
    for (const [label, fields] of changes) {
      const client = contradictView(world, {
        abi: groth16VerifierAbi,
        functionName: "keyOf",
        fields,
      });
      expectRefuted(await verify(receipt, client), "evidence:zkml", /hashes to/, label);
    }
  });

  it("error: a development key counts on local chains only", async () => {
    const { chain, deployment } = world;
    const domain = assayDomain(receipt);
    const context = {
      client: chain,
      // Only the number differs: what is read is still there.
      deployment: { ...deployment, chainId: 1 },
      receipt,
      domain,
      resultDigest: hashResult(domain, { requestId: receipt.requestId, ...receipt.result }),
      models: [],
      fetchInput: () => Promise.resolve("0x" as const),
      search: {},
      readRecord: () => Promise.reject(new RangeError("not asked for")),
      readOrderEvent: () => Promise.resolve(undefined),
    };
    const error = await rejectionOf(checkZkmlEvidence(context, proofOf(receipt).data));
    expect(error, "error").to.be.instanceOf(RefutedError);
    expect((error as Error).message, "message").to.match(/development key: anybody can forge/);
  });
});
