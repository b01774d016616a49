// SPDX-License-Identifier: MIT
// What an inference node lives through: one request of each path and a signed order, from clients that ask again.
import { expect } from "chai";
import { bytesToHex, toHex } from "viem";

import { enclaveRegistryAbi } from "../../../src/abi/index.ts";
import {
  getAdmission,
  getRequestEvents,
  getReservation,
  judgeDocument,
  nodeClient,
  openRequest,
  registerNode,
  reserve,
  signOrder,
} from "../../../src/client/index.ts";
import {
  assayDomain,
  hashRequest,
  type Request,
  requiredEvidenceOf,
  Role,
  State,
} from "../../../src/protocol/index.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { runModel } from "../../../src/zkml/index.ts";
import { tokens, type World } from "../world.ts";
import type { Daemon } from "./child.ts";
import { makeStage } from "./stage.ts";
import type { Scene } from "./sweep.ts";

const REGISTRARS = ["registrar-1", "registrar-2"];
const CHALLENGE_WINDOW = 300;
const DELIVER_WITHIN = 3_000;

export async function inferenceScene(world: World, rpcUrl?: string): Promise<Scene> {
  const { deployment, client, modelId } = world;
  const stage = await makeStage(world, "inference", "crash-inference", rpcUrl);
  const { account, endpoint } = stage;
  const node = account.address;
  const domain = assayDomain(deployment);
  for (const name of REGISTRARS) await admitRegistrar(world, name);
  const signer = client.account.address;
  const until = Number((await world.chain.getBlock()).timestamp) + 100_000;

  const input = await world.makeInput("3.pgm");
  const make = (overrides: Partial<Request> = {}) =>
    world.makeRequest(input, { node, deliverWithin: DELIVER_WITHIN, ...overrides });
  const requests = {
    vanilla: await make(),
    zkml: await make({ requiredEvidence: requiredEvidenceOf(["zkml"]) }),
    tee: await make({ requiredEvidence: requiredEvidenceOf(["tee"]) }),
  };
  const order = await make();
  const signature = await signOrder(client, { deployment, request: order });
  const service = nodeClient({ endpoint });
  const named = Object.entries({ ...requests, order }).map(
    ([name, request]) => [name, request, hashRequest(domain, request)] as const,
  );

  /** What a client does whose request went unanswered: it asks again. */
  const insist = (life: Daemon, what: string, ask: () => Promise<unknown>) =>
    stage.until(life, what, async () => {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof BaseError || error instanceof TypeError) return undefined;
        throw error;
      }
    });

  const putInput = (life: Daemon) =>
    insist(life, "the input is taken", () => service.putInput({ modelId, input: toHex(input) }));

  /** Once the node is registered. */
  const reserveOnce = (life: Daemon) =>
    insist(life, "the order's money is reserved", async () => {
      const { amount } = await getReservation(client, { deployment, client: signer, node, signer });
      if (amount > 0n) return true;
      return reserve(client, { deployment, node, amount: tokens("10"), until, signer });
    });

  const finish = async (life: Daemon, ids: typeof named): Promise<void> => {
    for (const [name, , id] of ids)
      await stage.untilState(life, name, id, [State.DELIVERED, State.FINAL]);
    await world.chain.increaseTime({ seconds: CHALLENGE_WINDOW });
    await world.chain.mine({ blocks: 1 });
    for (const [name, , id] of ids) await stage.untilState(life, name, id, [State.FINAL]);
    for (const [name, request, requestId] of ids) {
      await stage.until(life, `${name} is archived`, async () => {
        const found = await service.getEvidence({ requestId }).catch(() => undefined);
        return (found?.evidence.length ?? 0) > (request.requiredEvidence === 0 ? 0 : 1)
          ? true
          : undefined;
      });
    }
  };

  const work: Scene["work"] = async (life, between) => {
    const stopJudging = judgeAll(world);
    try {
      await putInput(life);
      for (const request of Object.values(requests))
        await openRequest(client, { deployment, request });
      await reserveOnce(life);
      const answer = await insist(life, "the order is answered", async () => {
        const response = await fetch(`${endpoint}/orders`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: toCanonicalJson({ request: order, signature }),
        });
        return response.status === 200
          ? ((await response.json()) as { output: string })
          : undefined;
      });
      const { output } = runModel(world.model, input);
      expect(answer, "the order's answer").to.include({ output: bytesToHex(output) });
      await between?.();
      await finish(life, named);
    } finally {
      await stopJudging();
    }
  };

  /** For lives that are about the start: that it serves in the end. */
  const begin = async (life: Daemon): Promise<void> => {
    await putInput(life);
    await openRequest(client, { deployment, request: requests.vanilla });
    await finish(
      life,
      named.filter(([name]) => name === "vanilla"),
    );
  };

  const expectEvents = async (): Promise<void> => {
    for (const [name, , id] of named) {
      const events = await getRequestEvents(client, { deployment, id });
      const kinds = events.map(({ eventName, args }) =>
        eventName === "EvidenceAdded" ? `${eventName} ${args.kind}` : eventName,
      );
      expect(kinds, `events of ${name}`).to.have.length(new Set(kinds).size);
    }
  };
  return { name: "inference", stage, begin, work, expectEvents, isStable };
}

/** Keys of enclaves live in a process: each start proposes its own. */
function isStable(action: string): boolean {
  return !action.startsWith("proposeDocument");
}

async function admitRegistrar(world: World, name: string): Promise<void> {
  await world.fund(name);
  await registerNode(world.walletOf(name), {
    deployment: world.deployment,
    role: Role.VERIFICATION,
    amount: tokens("2000"),
  });
}

/** Registrars that approve whatever is proposed from now on, until they are told to stop. */
function judgeAll(world: World): () => Promise<void> {
  const controller = new AbortController();
  const judge = async (): Promise<void> => {
    const proposals = await world.chain.getContractEvents({
      address: world.deployment.enclaveRegistry,
      abi: enclaveRegistryAbi,
      eventName: "DocumentProposed",
      fromBlock: world.deployment.block,
      strict: true,
    });
    for (const { args } of proposals) {
      const { admissionId } = args;
      const { deployment } = world;
      for (const name of REGISTRARS) {
        const { closed } = await getAdmission(world.client, { deployment, admissionId });
        if (closed) continue;
        // Asked anew at each look: a reorganisation may have taken the vote, or the proposal.
        const vote = { deployment, admissionId, approve: true, gas: 500_000n };
        await judgeDocument(world.walletOf(name), vote).catch((error: unknown) => {
          if (!(error instanceof BaseError)) throw error;
        });
      }
    }
  };
  const run = (async () => {
    while (!controller.signal.aborted) {
      await judge();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  run.catch(() => {});
  return async () => {
    controller.abort();
    await run;
  };
}
