// SPDX-License-Identifier: MIT
// Several processes of one node on one Postgres server: the one with the lease sends, workers prove, the next stands by.
import { expect } from "chai";

import { getRequestRecord } from "../../src/client/index.ts";
import { type RunningNode, startInferenceNode, startWorker } from "../../src/node/index.ts";
import { type RequestId, requiredEvidenceOf, State } from "../../src/protocol/index.ts";
import { ensureCircuit } from "../../src/zkml/index.ts";
import { type PostgresServer, startPostgres } from "../../scripts/postgres-server.ts";
import { hasPostgres } from "../support/postgres.ts";
import { eventually, makeWorld, type World } from "./world.ts";

const START_TIMEOUT = 300_000;

if (hasPostgres())
  describe("several processes of one node", () => {
    let server: PostgresServer;
    let world: World;
    let node: RunningNode;

    before(async function () {
      this.timeout(START_TIMEOUT);
      await ensureCircuit({ circuit: "digits" });
      server = await startPostgres();
      world = await makeWorld();
      await world.fund("inference");
      node = await world.start("inference", "inference", {
        database: server.url,
        doesJobs: false,
      });
    });

    after(async function () {
      this.timeout(60_000);
      await world.close();
      await server.remove();
    });

    const isFinal = async (id: RequestId): Promise<true | undefined> => {
      const { deployment } = world;
      const { state } = await getRequestRecord(world.client, { deployment, id });
      return state === State.FINAL ? true : undefined;
    };

    const order = () =>
      world.open(node, "3.pgm", { requiredEvidence: requiredEvidenceOf(["zkml"]) });

    it("default: a worker without the key proves, the node with the lease brings the proof", async function () {
      this.timeout(120_000);
      const { id, service } = await order();
      await eventually("the answer", () =>
        service.getResult({ requestId: id }).catch(() => undefined),
      );
      expect(await isFinal(id), "final without a worker").to.equal(undefined);

      const { rpcUrl, deployment, logger, models, modelIds } = world.optionsOf("inference");
      const worker = await startWorker({
        rpcUrl,
        deployment,
        logger,
        models,
        ...(modelIds && { modelIds }),
        node: node.address,
        role: "inference",
        database: server.url,
      });
      await eventually("final", () => isFinal(id));
      await worker.stop();
      const proofs = world.logs.filter((line) => line.includes('"proved"'));
      expect(proofs, "lines about proofs").to.have.length(1);
      expect(proofs[0], "who proved").to.include('"worker":true');
    });

    it("behavior: a second process with the key stands by, and goes on where the first stopped", async function () {
      this.timeout(120_000);
      let isReady = false;
      const second = startInferenceNode({
        ...world.optionsOf("inference"),
        database: server.url,
      }).then((started) => {
        isReady = true;
        return started;
      });
      await eventually("that it waits", async () =>
        world.logs.filter((line) => line.includes("waits for its turn")).length > 1
          ? true
          : undefined,
      );
      expect(isReady, "ready beside the first").to.equal(false);

      const { id, service } = await order();
      await eventually("the answer", () =>
        service.getResult({ requestId: id }).catch(() => undefined),
      );
      await node.stop();
      node = await second;
      await eventually("final", () => isFinal(id));
      await node.stop();
    });
  });
