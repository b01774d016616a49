// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from "node:timers/promises";

import {
  getRequestRecord,
  NodeNotFoundError,
  NodeTimeoutError,
  NodeUnreachableError,
  type NodeClient,
  type NodeResult,
} from "../client/index.ts";
import type { RequestId } from "../protocol/ids.ts";
import { isTerminal } from "../protocol/state.ts";
import type { Context } from "./context.ts";

const POLLING_INTERVAL_MS = 50;
const NOT_YET = [NodeNotFoundError, NodeTimeoutError, NodeUnreachableError];

/**
 * Waits for the node's instant answer; undefined if the request ended without one. A node that does not answer for a while
 * is asked again: the money is in escrow, and the chain decides how it ends.
 */
export async function awaitResult(
  context: Context,
  { id, service }: { id: RequestId; service: NodeClient },
): Promise<NodeResult | undefined> {
  for (;;) {
    try {
      return await service.getResult({ requestId: id });
    } catch (error) {
      if (!NOT_YET.some((known) => error instanceof known)) throw error;
    }
    const { state } = await getRequestRecord(context.client, {
      deployment: context.deployment,
      id,
    });
    if (isTerminal(state)) return undefined;
    await sleep(POLLING_INTERVAL_MS);
  }
}
