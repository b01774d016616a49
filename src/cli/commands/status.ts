// SPDX-License-Identifier: MIT
import type { Command } from "commander";

import {
  findRequest,
  getFinalAt,
  getParameters,
  getRequestEvents,
  getRequestRecord,
  type RequestEvent,
  RequestNotFoundError,
  watchStatus,
} from "../../client/index.ts";
import { evidenceIn, pathOf } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { resultIn } from "../../protocol/request.ts";
import {
  assignedNode,
  isTerminal,
  State,
  stateName,
  statusOf,
  type RequestRecord,
} from "../../protocol/state.ts";
import { parseRequestId } from "../arguments.ts";
import { connect, type Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { bold, columns, createOutput, dim } from "../output.ts";
import { showBatchStatus } from "./batch-status.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

/** `assay status`: where a request or a batch stands, and its history. */
export function addStatusCommand(program: Command): void {
  withChainOptions(
    program
      .command("status")
      .description("Show where a request or a batch stands, and its history"),
  )
    .argument("<id>", "request id, or a batch's")
    .option("--watch", "follow it until it ends")
    .action(async (text: string, options: CommonOptions & { watch?: true }) => {
      const id = parseRequestId(text);
      const context = await connect(options);
      const output = createOutput(options.json === true);
      try {
        await findRequest(context.client, { deployment: context.deployment, id });
      } catch (error) {
        const isUnknown = error instanceof RequestNotFoundError;
        if (isUnknown && (await showBatchStatus(context, output, id))) return;
        throw error;
      }
      if (options.watch) await watch(context, id, output.say);
      const record = await getRequestRecord(context.client, { deployment: context.deployment, id });
      const status = statusOf(record.state);
      const events = await getRequestEvents(context.client, { deployment: context.deployment, id });
      const history = await historyOf(context, events);
      const delivered = events.find(isDelivery);
      const finalAt =
        record.state === State.DELIVERED ? await finalAtOf(context, id, events) : undefined;
      output.result(
        {
          id,
          status,
          state: stateName(record.state),
          evidence: kindsOf(record),
          finalAt,
          // The record itself holds a hash of what was delivered.
          assignedNode: record.state === State.ASSIGNED ? assignedNode(record) : undefined,
          result: delivered && resultIn(delivered.args),
          record,
          history,
        },
        [
          `${bold(status)} (${stateName(record.state)}${describeEvidence(record)})`,
          ...(finalAt
            ? [`final unless challenged at ${new Date(finalAt * 1000).toISOString()}`]
            : []),
          ...columns(history.map(({ at, event, transaction }) => [at, event, dim(transaction)])),
        ],
      );
      if (isTerminal(record.state) && record.state !== State.FINAL) process.exitCode = EXIT.failed;
    });
}

/** What was delivered is in the first of these. */
function isDelivery(event: RequestEvent) {
  return (
    event.eventName === "ResultDelivered" ||
    event.eventName === "OrderSettled" ||
    event.eventName === "OrderClaimed"
  );
}

/** When it becomes final unchallenged, unix seconds. */
async function finalAtOf(
  { client, deployment }: Context,
  id: RequestId,
  events: readonly RequestEvent[],
): Promise<number> {
  const entered = events.find(({ eventName }) => eventName === "ClaimsEntered");
  const isOpened = events.some(({ eventName }) => eventName === "RequestOpened");
  if (entered?.eventName === "ClaimsEntered" && !isOpened) {
    const { challengeWindow } = await getParameters(client, { deployment });
    return entered.args.claims.clock + challengeWindow;
  }
  const request = await findRequest(client, { deployment, id });
  return getFinalAt(client, { deployment, request });
}

async function watch(context: Context, id: RequestId, say: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    watchStatus(context.client, {
      deployment: context.deployment,
      id,
      onStatus: (status, record) => {
        say(
          `${new Date().toISOString()}  ${status} (${stateName(record.state)}${describeEvidence(record)})`,
        );
        if (isTerminal(record.state)) resolve();
      },
      onError: (error) => say(error.message),
    });
  });
}

async function historyOf(
  { client }: Context,
  events: readonly RequestEvent[],
): Promise<{ at: string; event: string; transaction: string }[]> {
  return Promise.all(
    events.map(async ({ eventName, blockNumber, transactionHash }) => {
      const { timestamp } = await client.getBlock({ blockNumber });
      return {
        at: new Date(Number(timestamp) * 1000).toISOString(),
        event: eventName,
        transaction: transactionHash,
      };
    }),
  );
}

function kindsOf(record: RequestRecord): string[] {
  return evidenceIn(record.evidence).map(pathOf);
}

function describeEvidence(record: RequestRecord): string {
  const kinds = kindsOf(record);
  return kinds.length === 0 ? "" : `, evidence: ${kinds.join(" + ")}`;
}
