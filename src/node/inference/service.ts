// SPDX-License-Identifier: MIT
/**
 * The inference node: runs models at once when it is asked, serves the signed answer, and settles it on chain by the
 * path that the request requires. Its queues are the task pool, the transaction queue and the prover's own; each is
 * bounded, and what finds no room is offered again at the next block.
 */
import { getModelStake } from "../../client/actions/getModelStake.ts";
import { optIn } from "../../client/actions/optIn.ts";
import { Evidence, hasEvidence } from "../../protocol/evidence.ts";
import { Role } from "../../protocol/node.ts";
import { createSoftwareEnclave } from "../../tee/index.ts";
import { Batches } from "../batches/batches.ts";
import type { Head } from "../follower/index.ts";
import { addContent } from "../http/content.ts";
import { describeError } from "../log.ts";
import { outlast } from "../outage.ts";
import { occasion } from "../registration.ts";
import { type RolePart, startNode } from "../service.ts";
import type { Shared } from "../shared.ts";
import type { InferenceNodeOptions, RunningNode } from "../types.ts";
import { Answers } from "./answers.ts";
import { Archive } from "./archive.ts";
import { Enclaves } from "./enclaves.ts";
import { EvidenceMaker } from "./evidence-maker.ts";
import { OrderBatches } from "./order-batches.ts";
import { addOrders } from "./order-route.ts";
import { Orders } from "./orders.ts";
import { Settlement } from "./settlement.ts";
import { Work } from "./work.ts";

/**
 * Starts an inference node and returns when it serves. It registers and opts in if it has not, and announces where it
 * listens. Its state is the chain's and its folder's, so that it can be stopped at any moment and started again.
 *
 * One key, one process: two processes with one key would take each other's nonces. A start is refused while another
 * process with the same key answers at the announced endpoint; two that start in the same second are not noticed.
 *
 * @example
 * const node = await startInferenceNode({
 *   rpcUrl, deployment, privateKey, folder, stake: parseEther("1000"),
 *   models: { digits: await loadModel("digits") },
 *   logger: pino(),
 * });
 * await node.closed;
 *
 * @throws `BaseError` of code `NODE-001` to `NODE-010`, and what reads and transactions throw.
 */
export function startInferenceNode(options: InferenceNodeOptions): Promise<RunningNode> {
  const create = (shared: Shared) => createPart(shared, options);
  return startNode({ id: Role.INFERENCE, name: "inference", create }, options);
}

function createPart(shared: Shared, options: InferenceNodeOptions): RolePart {
  const { minUnitPrice = 0n } = options;
  const { chain, models, provers, logger } = shared;
  // The software enclave's root counts on local chains alone.
  const createEnclave =
    options.createEnclave ??
    (chain.isLocal ? (image) => createSoftwareEnclave({ image }) : undefined);
  const offering = (kind: Evidence) =>
    models.all().filter(({ registered }) => hasEvidence(registered.paths, kind));
  const attested = createEnclave === undefined ? [] : offering(Evidence.TEE);

  const answers = new Answers(shared);
  const archive = new Archive(shared);
  const enclaves = new Enclaves(shared, createEnclave);
  const orders = new Orders(shared, answers, minUnitPrice);
  const evidence = new EvidenceMaker(shared, answers, enclaves);
  const settlement = new Settlement(shared, answers, evidence);
  const batches = new Batches(shared, { answers, evidence, minUnitPrice }, options.batches);
  const orderBatches = new OrderBatches(shared, answers, evidence);
  const parts = { answers, archive, enclaves, orders, orderBatches, settlement, minUnitPrice };
  const work = new Work(shared, parts);

  let head: Head | undefined;
  return {
    views: [enclaves, orders],
    metricSources: { enclaves: async () => enclaves.expiries(attested) },
    addRoutes: (app) => {
      addContent(app, shared);
      addOrders(app, { orders, metrics: shared.metrics, readHead: () => head });
      batches.addRoutes(app);
    },
    namesInUse: () => batches.namesInUse(),
    prepare: async () => {
      await orders.load();
      await outlast(shared, () => batches.prepare());
      await Promise.all(models.all().map(({ served }) => served.start(shared.signal)));
      await outlast(shared, () => ensureOptedIn(shared, options));
      const warmed = (options.doesJobs ?? true) ? offering(Evidence.ZKML) : [];
      for (const known of warmed) {
        provers.warm(known).catch((error: unknown) => {
          const fields = { model: known.id, ...describeError(error) };
          if (!shared.signal.aborted) logger.error(fields, "the prover does not work");
        });
      }
    },
    onHead: (newest) => {
      head = newest;
      work.onHead(newest);
      batches.onHead(newest);
      enclaves.onHead(newest, attested);
    },
  };
}

/** Puts an equal part of the stake at risk for every model that the node did not opt in for yet. */
async function ensureOptedIn(shared: Shared, options: InferenceNodeOptions): Promise<void> {
  const { chain, models, sender, logger } = shared;
  const { client, deployment, address: node } = chain;
  const all = models.all();
  for (const { id: modelId } of all) {
    const { opted } = await getModelStake(client, { deployment, node, modelId });
    if (opted > 0n) continue;
    const amount = options.stake / BigInt(all.length);
    await sender.send(await occasion(chain, `optIn:${modelId}`), (sending) =>
      optIn(sending, { deployment, modelId, amount }),
    );
    logger.info({ model: modelId, amount: amount.toString() }, "opted in");
  }
}
