// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import type { NodeHealth } from "../../client/node/types.ts";
import type { Shared } from "../shared.ts";
import { answer } from "./app.ts";

/** `GET /health`: who the node is and what it serves. */
export function addHealth(app: Hono, { chain, models, signal }: Shared): void {
  app.get("/health", (context) => {
    const health: NodeHealth = {
      status: signal.aborted ? "draining" : "ok",
      node: chain.address,
      chainId: chain.deployment.chainId,
      market: chain.deployment.market,
      models: models.all().map(({ id }) => id),
    };
    return answer(context, health);
  });
}
