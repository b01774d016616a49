// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import { isTerminal, type RequestRecord, type Status, statusOf } from "../../protocol/state.ts";
import type { BaseError } from "../../protocol/errors.ts";
import type { OrderDeployment } from "../orders.ts";
import { recordReader } from "../records.ts";
import { type ReadErrorType, toCallError } from "../revert.ts";
import { sleep } from "../sleep.ts";

export interface WatchStatusParameters {
  deployment: OrderDeployment;
  id: RequestId;
  /** Called with the present status at once, then after each change of the record; the last is terminal. */
  onStatus: (status: Status, record: RequestRecord) => void;
  /** Called when a look fails; watching goes on. */
  onError?: (error: BaseError) => void;
  /** Milliseconds between looks; the client's if not given. */
  pollingInterval?: number;
  /** Ends the watch, as the returned function does. */
  signal?: AbortSignal;
}
/** Ends the watch. */
export type WatchStatusReturnType = () => void;
export type WatchStatusErrorType = ReadErrorType;

/**
 * Reports the status of a request or an order until it is terminal.
 *
 * @example
 * const unwatch = watchStatus(client, { deployment, id, onStatus: (status) => console.log(status) });
 */
export function watchStatus(
  client: Client,
  parameters: WatchStatusParameters,
): WatchStatusReturnType {
  const stop = new AbortController();
  const signal = parameters.signal
    ? AbortSignal.any([parameters.signal, stop.signal])
    : stop.signal;
  void poll(client, { ...parameters, signal });
  return () => stop.abort();
}

async function poll(
  client: Client,
  parameters: WatchStatusParameters & { signal: AbortSignal },
): Promise<void> {
  const { deployment, id, onStatus, onError, signal } = parameters;
  const pollingInterval = parameters.pollingInterval ?? client.pollingInterval;
  const readRecord = recordReader(client, { deployment, id });
  let seen: string | undefined;
  while (!signal.aborted) {
    const record = await readRecord().catch((error: unknown) => {
      if (!signal.aborted) onError?.(toCallError("recordOf", error));
    });
    if (signal.aborted) return;
    if (record !== undefined && JSON.stringify(record) !== seen) {
      seen = JSON.stringify(record);
      onStatus(statusOf(record.state), record);
      if (isTerminal(record.state)) return;
    }
    await sleep(pollingInterval, signal);
  }
}
