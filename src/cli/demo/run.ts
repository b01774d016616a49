// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { hexToBytes, parseEther } from "viem";

import { getRequestEvents, getRequestRecord, type RequestEvent } from "../../client/index.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { isTerminal, State, type RequestRecord } from "../../protocol/state.ts";
import { commitInput, loadDigitImage, loadModel } from "../../zkml/index.ts";
import { awaitResult } from "../await-result.ts";
import { packageRoot } from "../checkout.ts";
import { placeRequest } from "../place-request.ts";
import { deliverWithin, type DemoCase, type Outcome } from "./cases.ts";
import type { DemoNetwork } from "./setup.ts";

/** What became of one request. */
export interface DemoResult {
  case: DemoCase;
  id: RequestId;
  /** The picture, 8x8 values. */
  input: Uint8Array;
  /** What the node answered; undefined without an answer. */
  digit: number | undefined;
  outcome: Outcome;
  /** From placing the request to the node's answer; undefined without one. */
  resultMs: number | undefined;
  /** From placing the request to its end. */
  finalMs: number;
  /** Gas of all transactions about the request. */
  gas: bigint;
  events: RequestEvent[];
}

const POLLING_INTERVAL_MS = 100;
const OUTCOMES: Partial<Record<State, Outcome>> = {
  [State.FINAL]: "final",
  [State.REJECTED]: "rejected",
  [State.REFUNDED]: "refunded",
};

/** Places a case's request; the rest runs on while the next is placed. */
export async function placeCase(
  network: DemoNetwork,
  demoCase: DemoCase,
  say: (line: string) => void,
): Promise<{ finished: Promise<DemoResult> }> {
  const { context, modelId, client } = network;
  const { address: node, service } = network.nodes[demoCase.node];
  const input = loadDigitImage(
    await readFile(join(packageRoot, "models", "digits", "samples", demoCase.sample)),
  );

  const start = performance.now();
  const elapsed = (): number => Math.round(performance.now() - start);
  const { id } = await placeRequest(client, {
    deployment: context.deployment,
    ...(service === undefined ? {} : { service }),
    order: {
      modelId,
      path: demoCase.path,
      node,
      input,
      inputCommitment: commitInput(await loadModel("digits"), input),
      unitPrice: parseEther("1"),
      maxFee: network.maxFee,
      deliverWithin: deliverWithin(demoCase),
    },
  });
  say(`${demoCase.path.padEnd(7)} ${demoCase.title}: ordered`);

  const follow = async (): Promise<DemoResult> => {
    const answer = service === undefined ? undefined : await awaitResult(context, { id, service });
    const digit = answer === undefined ? undefined : hexToBytes(answer.output)[0];
    const resultMs = answer === undefined ? undefined : elapsed();
    if (resultMs !== undefined)
      say(`${demoCase.path.padEnd(7)} ${demoCase.title}: answer ${digit} after ${resultMs} ms`);
    const record = await untilTerminal(network, id);
    const outcome = OUTCOMES[record.state] ?? "refunded";
    const finalMs = elapsed();
    say(`${demoCase.path.padEnd(7)} ${demoCase.title}: ${outcome} after ${finalMs} ms`);
    const events = await getRequestEvents(context.client, { deployment: context.deployment, id });
    const gas = await gasOf(network, events);
    return { case: demoCase, id, input, digit, outcome, resultMs, finalMs, gas, events };
  };
  return { finished: follow() };
}

async function untilTerminal({ context }: DemoNetwork, id: RequestId): Promise<RequestRecord> {
  for (;;) {
    const record = await getRequestRecord(context.client, { deployment: context.deployment, id });
    if (isTerminal(record.state)) return record;
    await sleep(POLLING_INTERVAL_MS);
  }
}

async function gasOf({ context }: DemoNetwork, events: readonly RequestEvent[]): Promise<bigint> {
  const hashes = new Set(events.map(({ transactionHash }) => transactionHash));
  let gas = 0n;
  for (const hash of hashes) gas += (await context.client.getTransactionReceipt({ hash })).gasUsed;
  return gas;
}
