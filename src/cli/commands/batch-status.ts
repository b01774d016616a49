// SPDX-License-Identifier: MIT
import { type BatchEvent, getBatch, getBatchEvents } from "../../client/index.ts";
import { BatchState, batchStateName } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Context } from "../context.ts";
import { bold, columns, dim, type Output } from "../output.ts";

/** Where a batch stands, and its history; false if the settler has no batch of this id. */
export async function showBatchStatus(
  { client, deployment }: Context,
  output: Output,
  batchId: Hex32,
): Promise<boolean> {
  const stored = await getBatch(client, { deployment, batchId });
  if (stored.state === BatchState.NONE) return false;
  const events = await getBatchEvents(client, { deployment, batchId });
  const posted = events.find((event) => event.eventName === "BatchPosted");
  const header = posted?.args.header;
  const state = batchStateName(stored.state);
  const history = await Promise.all(
    events.map(async (event) => {
      const { timestamp } = await client.getBlock({ blockNumber: event.blockNumber });
      const at = new Date(Number(timestamp) * 1_000).toISOString();
      return { at, event: describe(event), transaction: event.transactionHash };
    }),
  );
  output.result({ batchId, state, header, record: stored, history }, [
    `${bold(state)}${header === undefined ? "" : ` (batch of ${header.count} receipts by ${header.node})`}`,
    ...columns(history.map(({ at, event, transaction }) => [at, event, dim(transaction)])),
  ]);
  return true;
}

/** The event's name, with the receipt that it is about. */
function describe({ eventName, args }: BatchEvent): string {
  return "position" in args ? `${eventName} ${args.position}` : eventName;
}
