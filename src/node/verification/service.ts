// SPDX-License-Identifier: MIT
/**
 * The verification node: registrar of enclave documents, second look at every result, challenger, juror, and keeper of
 * the ends of requests. Its queues are the task pool, the transaction queue and the prover's own; each is bounded, and
 * what finds no room is offered again at the next block.
 */
import { Role } from "../../protocol/node.ts";
import { Committee } from "../batches/committee.ts";
import { outlast } from "../outage.ts";
import { type RolePart, startNode } from "../service.ts";
import type { Shared } from "../shared.ts";
import type { RunningNode, VerificationNodeOptions } from "../types.ts";
import { Challenger } from "./challenger.ts";
import { EvidenceCheck } from "./evidence-check.ts";
import { Juror } from "./juror.ts";
import { Keeper } from "./keeper.ts";
import { NodeTable } from "./node-table.ts";
import { Pools } from "./pools.ts";
import { Rechecks } from "./rechecks.ts";
import { Registrar } from "./registrar.ts";
import { Turns } from "./turns.ts";
import { Watch } from "./watch.ts";

const RANK_DELAY_MS = 2_000;
export const CHECKS_PER_RESULT = 3;
export const POOL_BLOCKS = 1_000;

/**
 * Starts a verification node and returns when it serves. It registers if it has not, and deposits the bond of one
 * challenge.
 *
 * One key, one process: two processes with one key would take each other's nonces. A start is refused while another
 * process with the same key answers at the announced endpoint; two that start in the same second are not noticed.
 *
 * @example
 * const node = await startVerificationNode({
 *   rpcUrl, deployment, privateKey, folder, stake: parseEther("1000"),
 *   models: { digits: await loadModel("digits") },
 *   logger: pino(),
 * });
 * await node.closed;
 *
 * @throws `BaseError` of code `NODE-001` to `NODE-010`, and what reads and transactions throw.
 */
export function startVerificationNode(options: VerificationNodeOptions): Promise<RunningNode> {
  const create = (shared: Shared) => createPart(shared, options);
  return startNode({ id: Role.VERIFICATION, name: "verification", create }, options);
}

function createPart(shared: Shared, options: VerificationNodeOptions): RolePart {
  const { rankDelayMs = RANK_DELAY_MS, checksPerResult = CHECKS_PER_RESULT } = options;
  const { poolBlocks = POOL_BLOCKS } = options;
  const table = new NodeTable();
  const turns = new Turns(table, shared.chain.address, rankDelayMs);
  const registrar = new Registrar(shared);
  const challenger = new Challenger(shared);
  const keeper = new Keeper(shared, turns);
  const pools = new Pools(shared, turns, poolBlocks);
  const watch = new Watch(shared, {
    rechecks: new Rechecks(shared),
    challenger,
    juror: new Juror(shared),
    evidence: new EvidenceCheck(shared),
    keeper,
    turns,
    isDrawn: ({ id, deliveredIn }) =>
      table.isDrawn(id, deliveredIn, shared.chain.address, checksPerResult),
  });
  const committee = new Committee(shared, {
    isOwnTurn: (what, id, behind) => turns.isOwn(what, id, behind),
    isWatcher: ({ id, blockHash }) =>
      table.isDrawn(id, blockHash, shared.chain.address, checksPerResult),
  });
  return {
    views: [table, registrar, pools],
    addRoutes: () => {},
    prepare: async () => {
      await outlast(shared, () => challenger.fund());
      await outlast(shared, () => committee.prepare());
    },
    onHead: (head) => {
      registrar.onHead(head);
      watch.onHead(head);
      keeper.onHead(head);
      pools.onHead(head);
      committee.onHead(head);
    },
  };
}
