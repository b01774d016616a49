// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import type { Result } from "../../protocol/request.ts";
import { isTerminal, type RequestRecord, State, stateName } from "../../protocol/state.ts";
import { AbortedError, RequestEndedError, RpcFailedError, WaitTimeoutError } from "../errors.ts";
import type { OrderDeployment } from "../orders.ts";
import { recordReader } from "../records.ts";
import { sleep } from "../sleep.ts";
import { findResult, type FindResultErrorType } from "./findResult.ts";
import type { GetRequestRecordErrorType } from "./getRequestRecord.ts";

export interface WaitForFinalParameters {
  deployment: OrderDeployment;
  id: RequestId;
  /** Milliseconds between looks; the client's if not given. */
  pollingInterval?: number;
  /** Milliseconds; for ever if not given. */
  timeout?: number;
  signal?: AbortSignal;
}
export interface WaitForFinalReturnType extends RequestRecord {
  result: Result;
}
export type WaitForFinalErrorType =
  GetRequestRecordErrorType | FindResultErrorType | RequestEndedError | WaitTimeoutError;

/**
 * Waits until a request or an order is final and returns its record and result. Throws a {@link RequestEndedError} if it ends as REJECTED or
 * REFUNDED instead. An RPC that fails in between is asked again.
 *
 * @example
 * const { result, evidence } = await waitForFinal(client, { deployment, id, timeout: 60_000 });
 */
export async function waitForFinal(
  client: Client,
  parameters: WaitForFinalParameters,
): Promise<WaitForFinalReturnType> {
  const { deployment, id, timeout, signal } = parameters;
  const pollingInterval = parameters.pollingInterval ?? client.pollingInterval;
  const end = timeout === undefined ? undefined : performance.now() + timeout;
  const readRecord = recordReader(client, { deployment, id });
  let failure: RpcFailedError | undefined;

  for (;;) {
    if (signal?.aborted) throw new AbortedError("The wait for finality", signal.reason);
    try {
      const record = await readRecord();
      if (record.state === State.FINAL) {
        return { ...record, result: await findResult(client, { deployment, id }) };
      }
      if (isTerminal(record.state)) throw new RequestEndedError(id, stateName(record.state));
      failure = undefined;
    } catch (error) {
      if (!(error instanceof RpcFailedError)) throw error;
      failure = error;
    }
    const left = end === undefined ? Number.POSITIVE_INFINITY : end - performance.now();
    if (timeout !== undefined && left <= 0)
      throw failure ?? new WaitTimeoutError("Finality", timeout);
    await sleep(Math.min(pollingInterval, left), signal);
  }
}
