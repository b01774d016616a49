// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from "node:timers/promises";

import { isAddressEqual, type Address } from "viem";
import { getTransactionCount } from "viem/actions";

import { getEndpoint } from "../client/actions/getEndpoint.ts";
import { getNode } from "../client/actions/getNode.ts";
import { registerNode } from "../client/actions/registerNode.ts";
import { setEndpoint } from "../client/actions/setEndpoint.ts";
import { nodeClient } from "../client/node/nodeClient.ts";
import { withCallErrors } from "../client/revert.ts";
import { BaseError } from "../protocol/errors.ts";
import type { Role } from "../protocol/node.ts";
import type { Chain } from "./chain.ts";
import { NodeRetiredError, NodeRunningError, RoleTakenError } from "./errors.ts";
import type { Sender } from "./sender/index.ts";
import type { NodeOptions } from "./types.ts";

const TWIN_TIMEOUT_MS = 1_000;

/** How long a start waits for what an earlier process sent. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;

/**
 * Waits until what an earlier process signed is mined, so that the chain can be asked what is left to do. After a minute
 * the start goes on: nothing is done twice, but a step may have to be tried again.
 */
export async function settleEarlier(sender: Sender, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!signal.aborted && Date.now() < deadline) {
    const { open } = await sender.statistics();
    if (!open.some(({ state }) => state === "signed")) return;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {
      // Only the signal ends a sleep early, and the loop's condition sees it.
    });
  }
}

/** Names an action that may come again: by how many transactions of the key are mined when it is decided. */
export async function occasion({ client, address }: Chain, action: string): Promise<string> {
  const mined = await withCallErrors(
    "eth_getTransactionCount",
    getTransactionCount(client, { address }),
  );
  return `${action}:${mined}`;
}

/** Registers the node if it is new, and announces where it listens. */
export async function ensureRegistered(parameters: {
  chain: Chain;
  sender: Sender;
  role: Role;
  endpoint: string;
  options: NodeOptions;
}): Promise<void> {
  const { chain, sender, role, endpoint, options } = parameters;
  const { deployment, address } = chain;
  const { operator, payout } = options;

  const node = await getNode(chain.client, { deployment, node: address });
  if (node.since === 0) {
    const registration = { deployment, role, amount: options.stake, endpoint };
    const parties = { ...(operator && { operator }), ...(payout && { payout }) };
    await sender.send("register", (client) =>
      registerNode(client, { ...registration, ...parties }),
    );
    return;
  }
  if (node.role !== role) throw new RoleTakenError(address, node.role, role);
  if (node.retiredAt !== 0) throw new NodeRetiredError(address);

  const announced = await getEndpoint(chain.client, { deployment, node: address });
  if (announced === endpoint) return;
  if (await answersAs(announced, address)) throw new NodeRunningError(address, announced);
  await sender.send(await occasion(chain, `endpoint:${endpoint}`), (client) =>
    setEndpoint(client, { deployment, endpoint }),
  );
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
