// SPDX-License-Identifier: MIT
// Ids and digests; requests never change, so each is hashed once.
import type { Hex } from "viem";

import {
  type AssayDomain,
  hashRequest,
  hashResult,
  type Request,
  type Result,
} from "../../src/protocol/index.ts";

const ids = new WeakMap<Request, Hex>();
const digests = new WeakMap<Request, Map<string, Hex>>();

export function idOf(domain: AssayDomain, request: Request): Hex {
  const id = ids.get(request) ?? hashRequest(domain, request);
  ids.set(request, id);
  return id;
}

/** What evidence for this result of the request covers. */
export function digestOf(domain: AssayDomain, request: Request, result: Result): Hex {
  const known = digests.get(request) ?? new Map<string, Hex>();
  digests.set(request, known);
  const { outputCommitment, units, node } = result;
  const key = `${outputCommitment} ${units} ${node}`;
  const requestId = idOf(domain, request);
  const digest = known.get(key) ?? hashResult(domain, { requestId, outputCommitment, units, node });
  known.set(key, digest);
  return digest;
}

export function isSameResult(a: Result | undefined, b: Result): boolean {
  return (
    a !== undefined &&
    a.outputCommitment === b.outputCommitment &&
    a.units === b.units &&
    a.node === b.node
  );
}
