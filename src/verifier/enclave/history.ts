// SPDX-License-Identifier: MIT
import { type Address, type Hex, pad, parseEventLogs, toEventSelector } from "viem";
import { getAbiItem } from "viem/utils";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { searchLogs } from "../../client/logs.ts";
import type { EnclaveKey } from "../../protocol/enclave.ts";
import type { AnswerContext } from "../context.ts";
import { isBefore, type Position, positionOf } from "../marketLogs.ts";

const REVOKED = toEventSelector(getAbiItem({ abi: enclaveRegistryAbi, name: "EnclaveKeyRevoked" }));

/** Where the key's revocation stands in the chain's history. */
export async function findKeyRevocation(
  { client, deployment, search }: AnswerContext,
  key: Address,
): Promise<Position | undefined> {
  const [log] = await searchLogs(client, {
    ...search,
    deployment,
    addresses: [deployment.enclaveRegistry],
    topics: [REVOKED, pad(key)],
    first: true,
  });
  return log && positionOf(log);
}

/**
 * Whether a key's measurement counted at a place in the chain's history, and was never revoked since the key's
 * admission: allowing it again revives no key.
 */
export async function isMeasurementTrusted(
  { client, deployment, search }: AnswerContext,
  parameters: {
    entry: EnclaveKey;
    /** Unix seconds, of the position's block. */
    time: number;
    position: Position;
  },
): Promise<boolean> {
  const { entry, time, position } = parameters;
  const logs = await searchLogs(client, {
    ...search,
    deployment,
    addresses: [deployment.enclaveRegistry],
    topics: [null, entry.modelId, entry.measurement],
    toBlock: position.blockNumber,
  });
  const events = parseEventLogs({
    abi: enclaveRegistryAbi,
    eventName: ["MeasurementAllowed", "MeasurementRevoked"],
    logs,
  }).filter((event) => isBefore(positionOf(event), position));

  const last = events.at(-1);
  if (last?.eventName !== "MeasurementAllowed") return false;
  // Allowed once more after the admission means revoked in between.
  return last.args.effectiveAt <= Math.min(time, entry.admittedAt);
}

const REGISTERED = toEventSelector(getAbiItem({ abi: nodeRegistryAbi, name: "NodeRegistered" }));
const PAYOUT_CHANGED = toEventSelector(getAbiItem({ abi: nodeRegistryAbi, name: "PayoutChanged" }));

/** Operator and payout address that a node had at a place in the chain's history. */
export async function findNodeTerms(
  { client, deployment, search }: AnswerContext,
  { node, position }: { node: Address; position: Position },
): Promise<{ operator: Address; payout: Address } | undefined> {
  const searchNode = (selector: Hex) =>
    searchLogs(client, {
      ...search,
      deployment,
      addresses: [deployment.nodeRegistry],
      topics: [selector, pad(node)],
      toBlock: position.blockNumber,
    });
  const [registered] = parseEventLogs({
    abi: nodeRegistryAbi,
    eventName: "NodeRegistered",
    logs: await searchNode(REGISTERED),
  });
  if (registered === undefined) return undefined;
  const changes = parseEventLogs({
    abi: nodeRegistryAbi,
    eventName: "PayoutChanged",
    logs: await searchNode(PAYOUT_CHANGED),
  }).filter((event) => isBefore(positionOf(event), position));
  const { operator, payout } = registered.args;
  return { operator, payout: changes.at(-1)?.args.payout ?? payout };
}
