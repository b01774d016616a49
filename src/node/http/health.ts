// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import type { NodeHealth } from "../../client/node/types.ts";
import type { Shared } from "../shared.ts";
import { version } from "../version.ts";
import { answer } from "./app.ts";

/** What `/health` tells besides what all parts of a node share. */
export interface HealthSource {
  role: NodeHealth["role"];
  /** The newest block that was followed; undefined before the first. */
  block: () => bigint | undefined;
}

/** `GET /health`: who the node is, what it serves and how far it has followed the chain. */
export function addHealth(app: Hono, shared: Shared, { role, block }: HealthSource): void {
  const { chain, models, signal } = shared;
  app.get("/health", (context) => {
    const health: NodeHealth = {
      status: signal.aborted ? "draining" : "ok",
      role,
      version,
      node: chain.address,
      chainId: chain.deployment.chainId,
      market: chain.deployment.market,
      block: block() ?? 0n,
      models: models.all().map(({ id }) => id),
    };
    return answer(context, health);
  });
}
