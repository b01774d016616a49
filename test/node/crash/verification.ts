// SPDX-License-Identifier: MIT
// What a verification node lives through: a document to judge, a lie to challenge and decide, a request to refund. The
// inference node is the test itself, so that it lies when it should and never more.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";
import { bytesToHex, getAddress, toHex } from "viem";

import { enclaveRegistryAbi } from "../../../src/abi/index.ts";
import {
  fulfil,
  getDocumentChallenge,
  getPossessionDigest,
  getRequestEvents,
  openRequest,
  optIn,
  proposeDocument,
  registerNode,
} from "../../../src/client/index.ts";
import {
  commitOutput,
  Evidence,
  hashRequest,
  assayDomain,
  Role,
  State,
} from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { admissionUserData, createSoftwareEnclave } from "../../../src/tee/index.ts";
import { runModel, weightsCommitment } from "../../../src/zkml/index.ts";
import { INTEGER_RUNTIME } from "../../../src/zkml/runtime-identity.ts";
import { tokens, type World } from "../world.ts";
import type { Daemon } from "./child.ts";
import { makeStage } from "./stage.ts";
import type { Scene } from "./sweep.ts";

const LIAR = "crash-liar";
const ABSENT = getAddress(`0x${"ab".repeat(20)}`);
const REFUND_AFTER = 3_000;
const KEY_LIFE = 3_600;

export async function verificationScene(world: World, rpcUrl?: string): Promise<Scene> {
  const { deployment, client, modelId } = world;
  const stage = await makeStage(world, "verification", "crash-verification", rpcUrl);
  const domain = assayDomain(deployment);
  const input = await world.makeInput("8.pgm");
  const content = createServer((_request, response) => {
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(toCanonicalJson({ modelId, input: bytesToHex(input) }));
  }).listen(0, "127.0.0.1");
  content.unref();
  await once(content, "listening");

  await world.fund(LIAR);
  const liar = world.walletOf(LIAR);
  const node = liar.account.address;
  await registerNode(liar, {
    deployment,
    role: Role.INFERENCE,
    amount: tokens("2000"),
    endpoint: `http://127.0.0.1:${(content.address() as AddressInfo).port}`,
  });
  await optIn(liar, { deployment, modelId, amount: tokens("1000") });

  const lie = await world.makeRequest(input, { node, deliverWithin: REFUND_AFTER });
  const unserved = await world.makeRequest(input, { node: ABSENT, deliverWithin: REFUND_AFTER });
  const lieId = hashRequest(domain, lie);
  const unservedId = hashRequest(domain, unserved);

  const propose = async (): Promise<void> => {
    const weights = weightsCommitment(world.model);
    const enclave = createSoftwareEnclave({ image: { runtime: INTEGER_RUNTIME, weights } });
    const key = enclave.address;
    const now = Number((await world.chain.getBlock()).timestamp);
    const userData = admissionUserData({
      chainId: deployment.chainId,
      registry: deployment.enclaveRegistry,
      node,
      operator: node,
      payout: node,
      key,
      modelId,
      challenge: await getDocumentChallenge(client, { deployment, node }),
    });
    const digest = await getPossessionDigest(client, { deployment, node, modelId, key });
    await proposeDocument(liar, {
      deployment,
      modelId,
      key,
      measurement: enclave.measurement,
      expiresAt: now + KEY_LIFE,
      document: bytesToHex(await enclave.attest({ userData, now })),
      possession: await enclave.proveKeyPossession(digest),
    });
  };

  const untilJudged = (life: Daemon) =>
    stage.until(life, "the document is judged", async () => {
      const judged = await world.chain.getContractEvents({
        address: deployment.enclaveRegistry,
        abi: enclaveRegistryAbi,
        eventName: "DocumentJudged",
        fromBlock: deployment.block,
        strict: true,
      });
      expect(judged.length, "votes").to.be.at.most(1);
      const [vote] = judged;
      if (vote !== undefined) expect(vote.args.approved, "the vote").to.equal(true);
      return vote;
    });

  const begin = async (life: Daemon): Promise<void> => {
    await propose();
    await untilJudged(life);
  };

  const work: Scene["work"] = async (life, between) => {
    await propose();
    await openRequest(client, { deployment, request: lie });
    await openRequest(client, { deployment, request: unserved });
    const [digit = 0] = runModel(world.model, input).output;
    const wrong = Uint8Array.of((digit + 1) % 10);
    await fulfil(liar, {
      deployment,
      request: lie,
      result: { outputCommitment: commitOutput(wrong), units: 1, node },
      kind: Evidence.VANILLA,
      evidence: toHex(new Uint8Array()),
    });
    await between?.();
    await untilJudged(life);
    await stage.untilState(life, "the lie", lieId, [State.REJECTED]);
    await world.chain.increaseTime({ seconds: REFUND_AFTER });
    await world.chain.mine({ blocks: 1 });
    await stage.untilState(life, "the unserved request", unservedId, [State.REFUNDED]);
  };

  const expectEvents = async (): Promise<void> => {
    for (const id of [lieId, unservedId]) {
      const events = await getRequestEvents(client, { deployment, id });
      const names = events.map(({ eventName }) => eventName);
      expect(names, "events").to.have.length(new Set(names).size);
    }
  };
  return { name: "verification", stage, begin, work, expectEvents, isStable };
}

/**
 * What is about a document or a salt is about another one in every life, and one that starts after its challenge deposits
 * the next bond.
 */
function isStable(action: string): boolean {
  return !/^(approve|deposit|judgeDocument|commitChallenge|challenge)\b/.test(action);
}
