// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import { answer, readBody } from "../http/app.ts";
import type { Head } from "../follower/index.ts";
import { NodeStartingError } from "../http/errors.ts";
import { type Orders, readOrder } from "./orders.ts";

/** `POST /orders`: runs a signed order and answers in the same response; it is settled afterwards. */
export function addOrders(app: Hono, orders: Orders, readHead: () => Head | undefined): void {
  app.post("/orders", async (context) => {
    const order = await readBody(context, readOrder);
    const head = readHead();
    if (head === undefined) throw new NodeStartingError();
    const { result, output, signature } = await orders.take(order, head);
    return answer(context, { result, output, signature });
  });
}
