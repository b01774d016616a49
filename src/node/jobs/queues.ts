// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import { address, hexBytes, objectOf } from "../../protocol/json.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { readRequest, readResult } from "../../protocol/request-json.ts";
import type { Queue } from "../../store/index.ts";

/** Proves one result; the proof is kept under the result's digest. */
export interface ProveJob {
  id: RequestId;
  request: Request;
  result: Result;
  /** Who serves the input. */
  source: Address;
}

/** Runs a request's model again; the opinion is kept under the request's id. */
export interface RecheckJob {
  id: RequestId;
  request: Request;
  /** Who serves the input. */
  source: Address;
}

const id = hexBytes(32);

export const PROVE: Queue<ProveJob> = {
  name: "prove",
  read: objectOf<ProveJob>({ id, request: readRequest, result: readResult, source: address }),
  bound: 10_000,
  leaseSeconds: 20,
  timeoutMs: 600_000,
  retries: 4,
  longestBackoffSeconds: 60,
};

export const RECHECK: Queue<RecheckJob> = {
  name: "recheck",
  read: objectOf<RecheckJob>({ id, request: readRequest, source: address }),
  bound: 100_000,
  leaseSeconds: 20,
  timeoutMs: 60_000,
  retries: 7,
  longestBackoffSeconds: 30,
};

export const QUEUES = [PROVE, RECHECK] as const;
