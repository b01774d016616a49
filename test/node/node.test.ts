// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { bytesToHex, getAddress, verifyTypedData, zeroAddress } from "viem";

import { enclaveRegistryAbi, inferenceMarketAbi } from "../../src/abi/index.ts";
import {
  findResult,
  getLedgerBalance,
  getNode,
  getRequestEvents,
  getRequestRecord,
  getStatus,
  nodeClient,
  openRequest,
} from "../../src/client/index.ts";
import type { RunningNode } from "../../src/node/index.ts";
import {
  assayDomain,
  Evidence,
  evidenceOf,
  hasEvidence,
  PATHS,
  type RequestId,
  requiredEvidenceOf,
  resultTypedData,
  Role,
  State,
  subjectOf,
} from "../../src/protocol/index.ts";
import { toCanonicalJson } from "../../src/protocol/json.ts";
import { ensureCircuit, runModel } from "../../src/zkml/index.ts";
import { eventually, keyOf, makeWorld, tokens, type World } from "./world.ts";

const START_TIMEOUT = 300_000;
const VERIFIERS = ["verification-1", "verification-2", "verification-3", "verification-4"];

describe("nodes", () => {
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
    await keyAdmitted(node);
  });

  after(async function () {
    this.timeout(60_000);
    await world.close();
  });

  const keyAdmitted = (of: RunningNode, count = 1) =>
    eventually("a live enclave key", async () => {
      const events = await world.chain.getContractEvents({
        address: world.deployment.enclaveRegistry,
        abi: enclaveRegistryAbi,
        eventName: "EnclaveKeyAdmitted",
        args: { node: of.address },
        fromBlock: world.deployment.block,
      });
      return events.length >= count ? true : undefined;
    });

  const recordOf = (id: RequestId) =>
    getRequestRecord(world.client, { deployment: world.deployment, id });

  const ended = (id: RequestId, state: State, timeout?: number) =>
    eventually(
      `state ${state}`,
      async () => {
        const record = await recordOf(id);
        return record.state === state ? record : undefined;
      },
      timeout,
    );

  const balanceOf = (account: `0x${string}`) =>
    getLedgerBalance(world.client, { deployment: world.deployment, account });

  for (const path of PATHS) {
    it(`an honest answer becomes final: ${path}`, async function () {
      this.timeout(120_000);
      const requiredEvidence = requiredEvidenceOf([path]);
      const { id, request, input, service } = await world.open(node, "3.pgm", {
        requiredEvidence,
      });
      const served = await eventually("the instant answer", () =>
        service.getResult({ requestId: id }).catch(() => undefined),
      );
      const { output } = runModel(world.model, input);
      expect(served.output, "output of the model").to.equal(bytesToHex(output));
      expect(toCanonicalJson(served.request), "request").to.equal(toCanonicalJson(request));
      const domain = assayDomain(world.deployment);
      const signed = await verifyTypedData({
        address: node.address,
        ...resultTypedData(domain, { ...served.result, requestId: id }),
        signature: served.signature,
      });
      expect(signed, "signed by the node").to.equal(true);

      const record = await ended(id, State.FINAL);
      expect(record.subject, "result on chain").to.equal(subjectOf(served.result));
      expect(hasEvidence(record.evidence, evidenceOf(path)), "evidence on chain").to.equal(true);
      const archived = await eventually("the evidence", async () => {
        const found = await service.getEvidence({ requestId: id }).catch(() => undefined);
        const kinds = found?.evidence.map(({ kind }) => kind);
        return kinds?.includes(evidenceOf(path)) ? found : undefined;
      });
      expect(archived.evidence[0]?.kind, "the claim comes first").to.equal(Evidence.VANILLA);
      for (const { transactionHash: hash } of archived.evidence) {
        const { to } = await world.chain.getTransaction({ hash });
        expect(getAddress(to ?? zeroAddress), "brought to").to.equal(world.deployment.market);
      }
      const stored = await service.getInput({ commitment: request.inputCommitment });
      expect(stored.input, "the input is served").to.equal(bytesToHex(input));
    });
  }

  it("an honest answer becomes final: tee and zkml together", async function () {
    this.timeout(120_000);
    const requiredEvidence = requiredEvidenceOf(["tee", "zkml"]);
    const { id } = await world.open(node, "5.pgm", { requiredEvidence });
    const record = await ended(id, State.FINAL);
    expect(record.evidence, "all evidence").to.equal(0b111);
  });

  it("behavior: a request that names nobody is accepted, then served", async function () {
    this.timeout(120_000);
    const { id } = await world.open(node, "6.pgm", { node: zeroAddress });
    await ended(id, State.FINAL);
    const { node: served } = await findResult(world.client, { deployment: world.deployment, id });
    expect(served, "who served it").to.equal(node.address);
  });

  it("behavior: verification nodes look at evidence again", async function () {
    this.timeout(60_000);
    await eventually("a second look at each kind of evidence", async () => {
      const right = world.logs.filter((line) => line.includes("evidence is right"));
      const has = (path: string) => right.some((line) => line.includes(`"path":"${path}"`));
      return has("tee") && has("zkml") ? true : undefined;
    });
    const wrong = world.logs.filter((line) => line.includes("proves nothing"));
    expect(wrong, "evidence that proves nothing").to.deep.equal([]);
  });

  it("a lie is challenged, proved wrong and slashed, and the client refunded", async function () {
    this.timeout(180_000);
    const before = await balanceOf(world.client.account.address);
    const { deployment } = world;
    const { id } = await world.open(liar, "8.pgm");
    await ended(id, State.REJECTED, 120_000);

    const events = await getRequestEvents(world.client, { deployment, id });
    const challenges = events.filter(({ eventName }) => eventName === "ChallengeOpened");
    expect(challenges.length, "exactly one challenges").to.equal(1);
    const rejected = events.find(({ eventName }) => eventName === "RequestRejected");
    expect(rejected?.args, "slashed").to.include({ node: liar.address, slashed: tokens("50") });
    const after = await balanceOf(world.client.account.address);
    expect(after, "the client's balance").to.equal(before);
    expect(await getStatus(world.client, { deployment, id }), "status").to.equal("REJECTED");
  });

  it("a lie about a model without circuit is decided by a jury", async function () {
    this.timeout(180_000);
    const { deployment, juryModelId: modelId } = world;
    const { id } = await world.open(liar, "1.png", { modelId });
    await ended(id, State.REJECTED, 150_000);
    const events = await getRequestEvents(world.client, { deployment, id });
    const names = events.map(({ eventName }) => eventName);
    expect(names, "a jury was drawn").to.include("JuryDrawn");
    expect(names.filter((name) => name === "VoteRevealed").length, "votes").to.be.at.least(2);
  });

  it("a request that nobody serves is refunded", async function () {
    this.timeout(120_000);
    const before = await balanceOf(world.client.account.address);
    const input = await world.makeInput("9.pgm");
    const absent = getAddress(`0x${"ab".repeat(20)}`);
    const request = await world.makeRequest(input, { node: absent, deliverWithin: 6 });
    const { id } = await openRequest(world.client, { deployment: world.deployment, request });
    await ended(id, State.REFUNDED);
    expect(await balanceOf(world.client.account.address), "the balance").to.equal(before);
  });

  it("a stop between answer and settlement loses nothing", async function () {
    this.timeout(180_000);
    const requiredEvidence = requiredEvidenceOf(["zkml"]);
    const { id, service } = await world.open(node, "2.pgm", { requiredEvidence });
    const first = await eventually("the instant answer", () =>
      service.getResult({ requestId: id }).catch(() => undefined),
    );
    await node.stop();
    expect((await recordOf(id)).state, "not settled when it stopped").to.equal(State.OPEN);

    node = await world.start("inference", "inference");
    const again = await nodeClient({ endpoint: node.endpoint }).getResult({ requestId: id });
    expect(again.signature, "the same answer").to.equal(first.signature);
    const record = await ended(id, State.FINAL);
    expect(record.subject, "and on chain").to.equal(subjectOf(first.result));
    const registered = await getNode(world.client, {
      deployment: world.deployment,
      node: node.address,
    });
    expect(registered.since, "still registered").to.be.greaterThan(0);
  });

  it("behavior: the drawn verification node takes the pool of a node's verification shares", async function () {
    this.timeout(120_000);
    const { chain, client, deployment } = world;
    const paid = await eventually("the pool is paid", async () => {
      await chain.mine({ blocks: 1 });
      const [event] = await chain.getContractEvents({
        address: deployment.market,
        abi: inferenceMarketAbi,
        eventName: "PoolPaid",
        args: { node: node.address },
        fromBlock: deployment.block,
        strict: true,
      });
      return event?.args;
    });
    const { payout, role } = await getNode(client, { deployment, node: paid.checker });
    expect(role, "of its checker").to.equal(Role.VERIFICATION);
    expect((await balanceOf(payout)) >= paid.amount, "at its payout address").to.equal(true);
  });

  it("behavior: no private key is ever logged", () => {
    expect(world.logs.length, "lines were logged").to.be.greaterThan(20);
    const ready = world.logs.filter((line) => line.includes('"msg":"ready"'));
    expect(ready.length, "one line per start").to.equal(7);
    for (const name of ["inference", "liar", ...VERIFIERS]) {
      const key = keyOf(name).slice(2);
      const leaks = world.logs.filter((line) => line.toLowerCase().includes(key));
      expect(leaks, `key of ${name}`).to.deep.equal([]);
    }
    const unexpected = world.logs.filter((line) => line.includes("task failed unexpectedly"));
    expect(unexpected, "unexpected failures").to.deep.equal([]);
  });
});
