// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import {
  PAGE_SIZE,
  readBatchOrder,
  readClosingOrder,
  readSeatSignature,
} from "../../client/node/batches.ts";
import { hexBytes, uint } from "../../protocol/json.ts";
import type { Head } from "../follower/index.ts";
import { answer, readBody } from "../http/app.ts";
import { NodeStartingError } from "../http/errors.ts";
import type { BatchArchive } from "./archive.ts";
import type { ReceiptDesk } from "./receipt-desk.ts";
import type { BatchSettlement } from "./settlement.ts";

interface BatchRoutes {
  desk: ReceiptDesk;
  archive: BatchArchive;
  settlement: BatchSettlement;
  readHead: () => Head | undefined;
}

const readName = hexBytes(32);

/** The service for batches of receipts: orders come in, documents and what the committee needs go out. */
export function addBatches(app: Hono, { desk, archive, settlement, readHead }: BatchRoutes): void {
  const headNow = () => {
    const head = readHead();
    if (head === undefined) throw new NodeStartingError();
    return head;
  };

  app.post("/receipts", async (context) => {
    const order = await readBody(context, readBatchOrder);
    return answer(context, await desk.take(order, headNow()));
  });

  app.get("/receipts/:id", async (context) => {
    const id = readName(context.req.param("id"), "id");
    return answer(context, await archive.document(id));
  });

  app.get("/batches/:root", async (context) => {
    const root = readName(context.req.param("root"), "root");
    return answer(context, { leaves: await archive.leaves(root) });
  });

  app.get("/batches/:root/receipts", async (context) => {
    const root = readName(context.req.param("root"), "root");
    const from = uint(40)(Number(context.req.query("from") ?? 0), "from");
    return answer(context, { receipts: await archive.page(root, from, PAGE_SIZE) });
  });

  app.post("/batches/:root/signatures", async (context) => {
    const root = readName(context.req.param("root"), "root");
    const given = await readBody(context, readSeatSignature);
    return answer(context, { signatures: await settlement.sign(root, given) });
  });

  app.post("/closings", async (context) => {
    const order = await readBody(context, readClosingOrder);
    return answer(context, { signature: await desk.close(order, headNow()) });
  });
}
