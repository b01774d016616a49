// SPDX-License-Identifier: MIT
// Signed orders, from the client's signature to the payout, by daemons.
import { expect } from "chai";
import { bytesToHex } from "viem";

import { enclaveRegistryAbi } from "../../src/abi/index.ts";
import {
  findClaim,
  getEarnings,
  getLedgerBalance,
  getRequestEvents,
  getReservation,
  signOrder,
  waitForFinal,
} from "../../src/client/index.ts";
import type { RunningNode } from "../../src/node/index.ts";
import { type Path, PATHS, type RequestId, requiredEvidenceOf } from "../../src/protocol/index.ts";
import { Escrow } from "../../src/protocol/state.ts";
import { formatReport, verifyRequest } from "../../src/verifier/index.ts";
import { ensureCircuit, runModel } from "../../src/zkml/index.ts";
import { eventually, makeWorld, tokens, type World } from "./world.ts";

const START_TIMEOUT = 300_000;
const VERIFIERS = ["verification-1", "verification-2", "verification-3"];

describe("nodes: signed orders", () => {
  let world: World;
  let node: RunningNode;
  let liar: RunningNode;

  before(async function () {
    this.timeout(START_TIMEOUT);
    await ensureCircuit({ circuit: "digits" });
    world = await makeWorld();
    for (const name of ["inference", "liar", ...VERIFIERS]) await world.fund(name);
    node = await world.start("inference", "inference");
    liar = await world.start("inference", "liar", {
      runtime: (model, input) => {
        const [digit = 0] = runModel(model, input).output;
        return Uint8Array.of((digit + 1) % 10);
      },
    });
    await Promise.all(VERIFIERS.map((name) => world.start("verification", name)));
    await eventually("a live enclave key", async () => {
      const events = await world.chain.getContractEvents({
        address: world.deployment.enclaveRegistry,
        abi: enclaveRegistryAbi,
        eventName: "EnclaveKeyAdmitted",
        args: { node: node.address },
        fromBlock: world.deployment.block,
      });
      return events.length > 0 ? true : undefined;
    });
    await world.reserveFor(node);
    await world.reserveFor(liar);
  });

  after(async function () {
    this.timeout(60_000);
    await world.close();
  });

  const historyOf = (id: RequestId) =>
    getRequestEvents(world.client, { deployment: world.deployment, id });
  const namesOf = async (id: RequestId) => (await historyOf(id)).map(({ eventName }) => eventName);
  const final = (id: RequestId) =>
    waitForFinal(world.client, { deployment: world.deployment, id, timeout: 90_000 });

  const expectReceipt = async (id: RequestId, what: string) => {
    const { chain, deployment, model } = world;
    const models = [model];
    const report = await verifyRequest(chain, { deployment, requestId: id, models });
    expect(report.ok, `${what}: ${formatReport(report)}`).to.equal(true);
  };

  const SETTLED: Readonly<Record<Path, readonly string[]>> = {
    vanilla: ["OrderClaimed", "ClaimsEntered", "ClaimsFinal"],
    zkml: ["OrderSettled"],
    tee: ["OrderSettled"],
  };
  for (const path of PATHS) {
    it(`default: answered at once, and settled later without a record: ${path}`, async function () {
      this.timeout(120_000);
      const requiredEvidence = requiredEvidenceOf([path]);
      const order = await world.makeOrder(node, "7.png", { requiredEvidence });
      const answered = await world.post(node, order);
      expect(answered.status, "status of the answer").to.equal(200);
      const { output } = (await answered.json()) as { output: string };
      const expected = bytesToHex(runModel(world.model, order.input).output);
      expect(output, "the output").to.equal(expected);
      const { escrow } = await final(order.id);
      expect(escrow, "the fee alone was taken").to.equal(Escrow.FEE);
      expect(await namesOf(order.id), "history").to.deep.equal(SETTLED[path]);
      const { service, id } = order;
      const archived = await eventually("the evidence", () =>
        service.getEvidence({ requestId: id }).catch(() => undefined),
      );
      const kinds = path === "vanilla" ? 1 : 2;
      expect(archived.evidence, "claim and evidence").to.have.length(kinds);
      await expectReceipt(id, path);
    });
  }

  it("default: what waits is brought together, and its claims become final under one root", async function () {
    this.timeout(120_000);
    const { client, deployment } = world;
    // Mined by hand, so that the others wait while the first is under way.
    await world.chain.setIntervalMining({ interval: 0 });
    await world.chain.setAutomine(false);
    const orders = [];
    for (const digit of ["1.png", "2.pgm", "3.pgm", "5.pgm"]) {
      const order = await world.makeOrder(node, digit);
      orders.push(order);
      expect((await world.post(node, order)).status, digit).to.equal(200);
    }
    await world.chain.setAutomine(true);
    await world.chain.setIntervalMining({ interval: 1 });
    await world.chain.mine({ blocks: 1 });
    for (const { id } of orders) await final(id);
    const claims = await Promise.all(orders.map(({ id }) => findClaim(client, { deployment, id })));
    const roots = new Set(claims.map(({ root }) => root));
    expect(roots.size, "fewer roots than orders").to.be.lessThan(orders.length);
    for (const { id } of orders) await expectReceipt(id, "brought with others");
  });

  it("behavior: an order whose evidence comes in two steps is as one that was opened", async function () {
    this.timeout(120_000);
    const requiredEvidence = requiredEvidenceOf(["tee", "zkml"]);
    const order = await world.makeOrder(node, "6.pgm", { requiredEvidence });
    expect((await world.post(node, order)).status, "taken").to.equal(200);
    const { evidence, escrow } = await final(order.id);
    expect({ evidence, escrow }, "of the market").to.deep.equal({
      evidence: 0b111,
      escrow: Escrow.MAX_FEE,
    });
    await expectReceipt(order.id, "two steps");
  });

  it("error: orders that would not be paid are refused", async () => {
    const { client, deployment } = world;
    const refusal = async (overrides: object) => {
      const answered = await world.post(node, await world.makeOrder(node, "8.pgm", overrides));
      expect(answered.status, "status").to.equal(422);
      return answered.text();
    };
    expect(await refusal({ maxFee: tokens("0.5") }), "a fee below the units").to.include(
      "FeeTooLow",
    );
    const exceeded = await refusal({ maxFee: tokens("21") });
    expect(exceeded, "more than is reserved").to.include("ReservationExceeded");
    const { first } = await getReservation(client, {
      deployment,
      client: client.account.address,
      node: node.address,
      signer: client.account.address,
    });
    expect(first, "no nonce was left behind").to.equal(0);
    expect(await refusal({ nonce: 2n ** 40n }), "a nonce of 41 bits").to.include("NonceUsed");
    const done = await world.makeOrder(node, "8.pgm");
    expect((await world.post(node, done)).status, "taken").to.equal(200);
    await eventually("it is claimed", async () =>
      (await namesOf(done.id)).includes("OrderClaimed") ? true : undefined,
    );
    expect(await refusal({ nonce: done.request.nonce }), "its nonce").to.include("NonceUsed");

    const order = await world.makeOrder(node, "8.pgm");
    const stranger = world.walletOf("stranger");
    const forged = await signOrder(stranger, { deployment, request: order.request });
    const refused = await world.post(node, { ...order, signature: forged });
    expect(refused.status, "status for a stranger's signature").to.equal(422);
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    expect(error.code, "code").to.equal("NODE-045");
    expect(error.message, "reason").to.include(stranger.account.address);
  });

  it("a lie is extracted, challenged and rejected, and the client gets the fee back", async function () {
    this.timeout(180_000);
    const { client, deployment } = world;
    const account = client.account.address;
    const before = await getLedgerBalance(client, { deployment, account });
    const order = await world.makeOrder(liar, "8.pgm");
    expect((await world.post(liar, order)).status, "answered").to.equal(200);
    const names = await eventually(
      "the verdict",
      async () => {
        const found = await namesOf(order.id);
        return found.includes("RequestRejected") ? found : undefined;
      },
      150_000,
    );
    expect(names, "from claim to verdict").to.include.members([
      "OrderClaimed",
      "ClaimsEntered",
      "ClaimExtracted",
      "RequestOpened",
      "ResultDelivered",
      "ChallengeOpened",
    ]);
    const challenges = names.filter((name) => name === "ChallengeOpened");
    expect(challenges.length, "exactly one challenges").to.equal(1);
    const events = await historyOf(order.id);
    const rejected = events.find(({ eventName }) => eventName === "RequestRejected");
    expect(rejected?.args, "slashed").to.include({ node: liar.address, slashed: tokens("50") });
    const after = await getLedgerBalance(client, { deployment, account });
    expect(after - before, "the fee is back in the balance").to.equal(tokens("1"));
    const { own } = await getEarnings(client, {
      deployment,
      node: liar.address,
      at: "orderSettler",
    });
    expect(own, "the liar's earnings").to.equal(0n);
  });

  it("behavior: verification nodes look at orders' evidence again", async function () {
    this.timeout(60_000);
    await eventually("a second look at each kind of evidence", async () => {
      const right = world.logs.filter((line) => line.includes("evidence is right"));
      const has = (path: string) => right.some((line) => line.includes(`"path":"${path}"`));
      return has("tee") && has("zkml") ? true : undefined;
    });
    const wrong = world.logs.filter((line) => line.includes("proves nothing"));
    expect(wrong, "evidence that proves nothing").to.deep.equal([]);
    const unexpected = world.logs.filter((line) => line.includes("task failed unexpectedly"));
    expect(unexpected, "unexpected failures").to.deep.equal([]);
  });
});
