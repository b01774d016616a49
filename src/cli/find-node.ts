// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import { nodeRegistryAbi } from "../abi/index.ts";
import { getEndpoint, isServing, nodeClient, type NodeClient } from "../client/index.ts";
import type { ModelId } from "../protocol/ids.ts";
import { Role } from "../protocol/node.ts";
import { parseAddress } from "./arguments.ts";
import type { Context } from "./context.ts";
import { NodeMissingError } from "./errors.ts";

/** An inference node and the client of its HTTP service. */
export interface FoundNode {
  address: Address;
  service: NodeClient;
}

const HEALTH_TIMEOUT_MS = 2_000;

/** The named node, or the first registered one that serves the model and answers. */
export async function findNode(
  context: Context,
  { modelId, node }: { modelId: ModelId; node?: string },
): Promise<FoundNode> {
  const { client, deployment } = context;
  if (node !== undefined) {
    const found = await reach(context, parseAddress("--node", node));
    if (found === undefined) throw new NodeMissingError(`the model at ${node}`);
    return found;
  }
  const registered = await client.getContractEvents({
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    eventName: "NodeRegistered",
    args: { role: Role.INFERENCE },
    fromBlock: deployment.block,
    strict: true,
  });
  for (const { args } of registered) {
    if (!(await isServing(client, { deployment, node: args.node, modelId }))) continue;
    const found = await reach(context, args.node);
    if (found !== undefined) return found;
  }
  throw new NodeMissingError("the model");
}

/** The node's service, if its endpoint answers and is the node's own. */
async function reach(context: Context, address: Address): Promise<FoundNode | undefined> {
  const { client, deployment } = context;
  const endpoint = await getEndpoint(client, { deployment, node: address });
  if (endpoint === "") return undefined;
  try {
    const health = await nodeClient({ endpoint, timeout: HEALTH_TIMEOUT_MS }).getHealth();
    const own =
      health.role === "inference" && health.node === address && health.market === deployment.market;
    return own && health.status === "ok"
      ? { address, service: nodeClient({ endpoint }) }
      : undefined;
  } catch {
    // Another node may answer; who finds none says so.
    return undefined;
  }
}
