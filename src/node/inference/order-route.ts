// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import { readNodeOrder } from "../../client/node/types.ts";
import { answer, readBody } from "../http/app.ts";
import type { Head } from "../follower/index.ts";
import { NodeStartingError } from "../http/errors.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Orders } from "./orders.ts";

interface OrderRoute {
  orders: Orders;
  metrics: Metrics;
  readHead: () => Head | undefined;
}

/** `POST /orders`: runs a signed order and answers in the same response; it is settled afterwards. */
export function addOrders(app: Hono, { orders, metrics, readHead }: OrderRoute): void {
  app.post("/orders", async (context) => {
    const order = await readBody(context, readNodeOrder);
    const head = readHead();
    if (head === undefined) throw new NodeStartingError();
    const { result, output, signature } = await counted(metrics, orders.take(order, head));
    return answer(context, { result, output, signature });
  });
}

/** Counts how it ends. */
async function counted<T>(metrics: Metrics, taking: Promise<T>): Promise<T> {
  try {
    const taken = await taking;
    metrics.count("orders", { outcome: "taken" });
    return taken;
  } catch (error) {
    metrics.count("orders", { outcome: "refused" });
    throw error;
  }
}
