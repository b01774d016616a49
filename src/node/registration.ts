// SPDX-License-Identifier: MIT
import { isAddressEqual, type Address } from "viem";

import { getEndpoint } from "../client/actions/getEndpoint.ts";
import { getNode } from "../client/actions/getNode.ts";
import { registerNode } from "../client/actions/registerNode.ts";
import { setEndpoint } from "../client/actions/setEndpoint.ts";
import { nodeClient } from "../client/node/nodeClient.ts";
import { BaseError } from "../protocol/errors.ts";
import type { Role } from "../protocol/node.ts";
import type { Chain } from "./chain.ts";
import { NodeRetiredError, NodeRunningError, RoleTakenError } from "./errors.ts";
import type { TransactionQueue } from "./transaction-queue.ts";
import type { NodeOptions } from "./types.ts";

const TWIN_TIMEOUT_MS = 1_000;

/** Registers the node if it is new, and announces where it listens. */
export async function ensureRegistered(parameters: {
  chain: Chain;
  transactions: TransactionQueue;
  role: Role;
  endpoint: string;
  options: NodeOptions;
}): Promise<void> {
  const { chain, transactions, role, endpoint, options } = parameters;
  const { deployment, address } = chain;
  const { operator, payout } = options;

  const node = await getNode(chain.client, { deployment, node: address });
  if (node.since === 0) {
    const registration = { deployment, role, amount: options.stake, endpoint };
    const parties = { ...(operator && { operator }), ...(payout && { payout }) };
    await transactions.send((client) => registerNode(client, { ...registration, ...parties }));
    return;
  }
  if (node.role !== role) throw new RoleTakenError(address, node.role, role);
  if (node.retiredAt !== 0) throw new NodeRetiredError(address);

  const announced = await getEndpoint(chain.client, { deployment, node: address });
  if (announced === endpoint) return;
  if (await answersAs(announced, address)) throw new NodeRunningError(address, announced);
  await transactions.send((client) => setEndpoint(client, { deployment, endpoint }));
}

/** Whether a process with this node's address still answers where it was last announced. */
async function answersAs(endpoint: string, address: Address): Promise<boolean> {
  if (endpoint === "") return false;
  try {
    const health = await nodeClient({ endpoint, timeout: TWIN_TIMEOUT_MS }).getHealth();
    return isAddressEqual(health.node, address);
  } catch (error) {
    if (error instanceof BaseError) return false;
    throw error;
  }
}
