// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { type Hex, keccak256, parseEther, toEventSelector, toHex, zeroAddress } from "viem";
import { getAbiItem } from "viem/utils";

import { disputeCourtAbi } from "../../src/abi/disputeCourt.ts";
import { inferenceMarketAbi } from "../../src/abi/inferenceMarket.ts";
import { modelRegistryAbi } from "../../src/abi/modelRegistry.ts";
import { orderSettlerAbi } from "../../src/abi/orderSettler.ts";
import {
  accept,
  approveAndDeposit,
  challenge,
  commitChallenge,
  decide,
  extractClaim,
  findClaim,
  fulfil,
  getChallengeCommitment,
  prove,
  rescue,
} from "../../src/client/index.ts";
import { Evidence } from "../../src/protocol/evidence.ts";
import type { RequestId } from "../../src/protocol/ids.ts";
import { Verdict } from "../../src/protocol/state.ts";
import { commitOutput, subjectOf } from "../../src/protocol/typed-data.ts";
import { buildReceipt, RequestNotFinalError, verifyReceipt } from "../../src/verifier/index.ts";
import { contradictEvent, contradictView, dropFirstOrder } from "./contradictions.ts";
import { expectRefuted, expectValid, explanationOf } from "./reports.ts";
import {
  answer,
  bringOrders,
  closeClaims,
  closeWindow,
  makeEvidence,
  open,
  settleOrders,
} from "./settle.ts";
import { closeWorld, createWorld, rejectionOf, type World } from "./world.ts";

describe("verifyReceipt: every way to settle", () => {
  let world: World;
  const verify = async (requestId: RequestId) => {
    const { chain, deployment } = world;
    const receipt = await buildReceipt(chain, { deployment, requestId });
    return { receipt, report: await verifyReceipt(chain, { deployment, receipt }) };
  };

  before(async () => {
    world = await createWorld();
  });
  after(() => closeWorld(world));

  it("behavior: a claim that is proved later, by somebody else", async () => {
    const { deployment, wallets } = world;
    const order = await open(world, "zkml");
    const { request, result } = order;
    await fulfil(wallets.node, {
      deployment,
      request,
      result,
      kind: Evidence.VANILLA,
      evidence: "0x",
    });
    const evidence = await makeEvidence(world, "zkml", order);
    await prove(wallets.registrarA, { deployment, request, result, kind: Evidence.ZKML, evidence });
    const { receipt, report } = await verify(order.id);
    expectValid(report, "proved");
    const [claim, proof] = receipt.evidence;
    expect(claim?.transactionHash, "claim and proof").to.not.equal(proof?.transactionHash);
    expect(proof?.transactionHash, "proof and settlement").to.equal(
      receipt.settledAt.transactionHash,
    );

    const { chain } = world;
    const swapped = receipt.evidence.map((piece, index) => ({
      ...piece,
      transactionHash: receipt.evidence[1 - index]!.transactionHash,
    }));
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: { ...receipt, evidence: swapped } }),
      ["evidence:vanilla", "evidence:zkml"],
      /delivered no result/,
      "transactions swapped",
    );
  });

  it("behavior: a request that requires both proofs", async () => {
    const { deployment, wallets } = world;
    const order = await open(world, "zkml", { requiredEvidence: 6 });
    const { request, result } = order;
    const call = { deployment, request };
    await fulfil(wallets.node, {
      ...call,
      result,
      kind: Evidence.TEE,
      evidence: await makeEvidence(world, "tee", order),
    });
    await prove(wallets.client, {
      ...call,
      result,
      kind: Evidence.ZKML,
      evidence: await makeEvidence(world, "zkml", order),
    });
    const { receipt, report } = await verify(order.id);
    expectValid(report, "both");
    expect(
      receipt.evidence.map(({ kind }) => kind),
      "kinds",
    ).to.deep.equal([0, 1, 2]);
  });

  it("behavior: an order whose claim was extracted, which the market made final", async () => {
    const { chain, deployment, wallets } = world;
    const [order, other] = await bringOrders(world, "vanilla", 2);
    const { id, request } = order!;
    const claim = await findClaim(chain, { deployment, id });
    await extractClaim(wallets.registrarA, { deployment, request, ...claim });
    await closeWindow(world, order!);
    const { receipt, report } = await verify(id);
    expectValid(report, "extracted");
    expect(receipt.payout.refund, "nothing but the fee was in escrow").to.equal(0n);

    const early = await rejectionOf(buildReceipt(chain, { deployment, requestId: other!.id }));
    expect(early, "the other").to.be.instanceOf(RequestNotFinalError);
    expect((early as Error).message, "what to wait for").to.match(/then finalize its claims/);
    await closeClaims(world, other!);
    expectValid((await verify(other!.id)).report, "what was claimed with it");
  });

  it("error: an order's events or its transaction say otherwise", async () => {
    const { chain, deployment } = world;
    const [first, second] = await settleOrders(world, "tee", 2);
    const [proved] = await settleOrders(world, "zkml", 1);
    const { receipt } = await verify(first!.id);
    const settled = toEventSelector(getAbiItem({ abi: orderSettlerAbi, name: "OrderSettled" }));
    expectRefuted(
      await verifyReceipt(contradictEvent(world, settled), { deployment, receipt }),
      ["evidence:vanilla", "evidence:tee"],
      /delivered another result/,
      "another node settled it",
    );
    const { transactionHash } = (await verify(proved!.id)).receipt.settledAt;
    const evidence = receipt.evidence.map((piece) => ({ ...piece, transactionHash }));
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt: { ...receipt, evidence } }),
      ["evidence:vanilla", "evidence:tee"],
      /delivered no result of this order/,
      "another order's transaction",
    );
    expectRefuted(
      await verifyReceipt(dropFirstOrder(world), {
        deployment,
        receipt: (await verify(second!.id)).receipt,
      }),
      "evidence:tee",
      /by .*not an|no admitted enclave key/,
      "the shared signature is over other results",
    );
  });

  it("behavior: a rescue, which refunds everything", async () => {
    const { chain, connection, deployment, wallets } = world;
    const { request, id } = await open(world, "zkml", { node: zeroAddress });
    await accept(wallets.node, { deployment, request });
    await connection.networkHelpers.time.increaseTo(request.deliverBy);
    // The rescuer has no endpoint: its answer comes from a store.
    const order = await answer(world, { id, request, node: wallets.rescuer });
    const evidence = await makeEvidence(world, "zkml", order);
    await rescue(wallets.rescuer, { deployment, ...order, kind: Evidence.ZKML, evidence });
    const { output } = world;
    const { signature } = world.service.get(`/results/${id}`) as { signature: Hex };
    const receipt = await buildReceipt(chain, {
      deployment,
      requestId: id,
      fetchOutput: () => Promise.resolve({ output, signature }),
    });
    expect(receipt.payout.refund, "refund").to.equal(request.maxFee);
    const report = await verifyReceipt(chain, { deployment, receipt });
    expectValid(report, "rescue");
    expect(explanationOf(report, "payment"), "payment").to.match(/rescued/);
  });

  it("behavior: a disputed claim, upheld by a proof", async () => {
    const { chain, deployment, wallets, connection } = world;
    const challenger = wallets.registrarA;
    await approveAndDeposit(challenger, {
      deployment,
      receiver: challenger.account.address,
      amount: parseEther("100"),
    });
    const order = await open(world, "vanilla");
    const { id, request, result } = order;
    await fulfil(wallets.node, {
      deployment,
      request,
      result,
      kind: Evidence.VANILLA,
      evidence: "0x",
    });
    const claim = { ...result, outputCommitment: commitOutput("0xff") };
    const salt = keccak256(toHex("salt"));
    const commitment = await getChallengeCommitment(chain, {
      deployment,
      challenger: challenger.account.address,
      id,
      claim,
      salt,
    });
    await commitChallenge(challenger, { deployment, commitment });
    await connection.networkHelpers.mine();
    await challenge(challenger, { deployment, request, result, claim, salt });
    await decide(wallets.node, {
      deployment,
      request,
      result,
      proved: result,
      evidence: await makeEvidence(world, "zkml", order),
    });
    const { receipt, report } = await verify(id);
    expectValid(report, "upheld");
    expect(explanationOf(report, "evidence:vanilla"), "claim").to.match(/disputed and upheld/);

    for (const [name, verdict] of Object.entries(Verdict)) {
      if (verdict === Verdict.UPHELD) continue;
      const other = contradictView(world, {
        abi: disputeCourtAbi,
        functionName: "disputeOf",
        fields: { verdict },
      });
      expectRefuted(
        await verifyReceipt(other, { deployment, receipt }),
        "evidence:vanilla",
        /disputed and not upheld/,
        `verdict ${name}`,
      );
    }
  });

  it("error: the market's record says otherwise", async () => {
    const { chain, deployment } = world;
    const { id } = await open(world, "tee").then(async (order) => {
      const { request, result } = order;
      const evidence = await makeEvidence(world, "tee", order);
      await fulfil(world.wallets.node, {
        deployment,
        request,
        result,
        kind: Evidence.TEE,
        evidence,
      });
      return order;
    });
    const receipt = await buildReceipt(chain, { deployment, requestId: id });
    const contradictions: [Record<string, unknown>, string[], RegExp][] = [
      [{ state: 3 }, ["finality"], /DELIVERED on chain, not FINAL/],
      [{ state: 6 }, ["finality"], /REJECTED on chain/],
      ...(
        [{ units: 2 }, { node: zeroAddress }, { outputCommitment: commitOutput("0x") }] as const
      ).map((change): [Record<string, unknown>, string[], RegExp] => [
        { subject: subjectOf({ ...receipt.result, ...change }) },
        ["finality"],
        /The result on chain is another/,
      ]),
      [{ evidence: 7 }, ["finality"], /The evidence must be vanilla, zkml, tee/],
      [{ evidence: 1 }, ["evidence:vanilla", "finality"], /required evidence is missing/],
    ];
    for (const [fields, names, reason] of contradictions) {
      const other = contradictView(world, {
        abi: inferenceMarketAbi,
        functionName: "recordOf",
        fields,
      });
      const report = await verifyReceipt(other, { deployment, receipt });
      expectRefuted(report, names, reason, JSON.stringify(fields));
    }
  });

  it("error: events, model or required evidence say otherwise", async () => {
    const { chain, deployment } = world;
    const order = await open(world, "tee");
    const { request, result } = order;
    const evidence = await makeEvidence(world, "tee", order);
    await fulfil(world.wallets.node, { deployment, request, result, kind: Evidence.TEE, evidence });
    const receipt = await buildReceipt(chain, { deployment, requestId: order.id });
    const final = toEventSelector(getAbiItem({ abi: inferenceMarketAbi, name: "RequestFinal" }));
    const ofOther = contradictEvent(world, final);
    expectRefuted(
      await verifyReceipt(ofOther, { deployment, receipt }),
      "finality",
      /made another result final/,
      "another node in the event",
    );
    const delivered = toEventSelector(
      getAbiItem({ abi: inferenceMarketAbi, name: "ResultDelivered" }),
    );
    expectRefuted(
      await verifyReceipt(contradictEvent(world, delivered), { deployment, receipt }),
      "evidence:vanilla",
      /delivered another result/,
      "another node delivered",
    );
    const renamed = contradictView(world, {
      abi: modelRegistryAbi,
      functionName: "modelOf",
      fields: { uri: "elsewhere" },
    });
    expectRefuted(
      await verifyReceipt(renamed, { deployment, receipt }),
      "model",
      /hash otherwise/,
      "another model under its id",
    );

    const unproved = contradictView(world, {
      abi: inferenceMarketAbi,
      functionName: "recordOf",
      fields: { evidence: 1 },
    });
    const claimed = { ...receipt, evidence: receipt.evidence.slice(0, 1) };
    expectRefuted(
      await verifyReceipt(unproved, { deployment, receipt: claimed }),
      ["evidence:vanilla", "finality"],
      /required evidence is missing/,
      "final without what was required",
    );
    const reason = (await verifyReceipt(unproved, { deployment, receipt: claimed })).checks.at(-1);
    expect(reason?.explanation, "finality").to.match(/requires is missing/);
  });

  it("error: the market's fee split gives other shares", async () => {
    const { chain, deployment } = world;
    const order = await open(world, "tee");
    const { request, result } = order;
    const evidence = await makeEvidence(world, "tee", order);
    await fulfil(world.wallets.node, { deployment, request, result, kind: Evidence.TEE, evidence });
    const receipt = await buildReceipt(chain, { deployment, requestId: order.id });
    expect(receipt.payout.verification > 0n, "a verification share").to.equal(true);
    const other = contradictView(world, {
      abi: inferenceMarketAbi,
      functionName: "parameters",
      fields: { verificationBps: 999 },
    });
    expectRefuted(
      await verifyReceipt(other, { deployment, receipt }),
      "payment",
      /but the rules give/,
      "another share",
    );
  });
});
