// SPDX-License-Identifier: MIT
/** Owns the inputs that jobs work on: fetched from the node that serves them, checked against their commitment. */
import { type Address, hexToBytes } from "viem";

import { getEndpoint } from "../../client/actions/getEndpoint.ts";
import { nodeClient } from "../../client/node/nodeClient.ts";
import { readNodeInput } from "../../client/node/types.ts";
import { parseJson, toCanonicalJson } from "../../protocol/json.ts";
import type { Request } from "../../protocol/request.ts";
import { InputMismatchError } from "../errors.ts";
import type { KnownModel } from "../models.ts";
import type { JobParts } from "./parts.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 128 * 1024;

/** @throws {InputMismatchError} if the source gives other bytes, and what the transfer throws. */
export async function fetchInput(
  { chain, models, store }: JobParts,
  known: KnownModel,
  { request, source }: { request: Request; source: Address },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { inputCommitment: commitment, modelId } = request;
  if (store.has("inputs", commitment)) {
    const text = await store.get("inputs", commitment);
    const stored = parseJson(text, readNodeInput, { what: "stored input", limit: MAX_BYTES });
    const bytes = hexToBytes(stored.input);
    // Checked again: disks err.
    if (!models.isInput(known, bytes, commitment)) throw new InputMismatchError();
    return bytes;
  }

  const { client, deployment } = chain;
  const endpoint = await getEndpoint(client, { deployment, node: source });
  const service = nodeClient({ endpoint, timeout: TIMEOUT_MS, maxBytes: MAX_BYTES });
  const { input } = await service.getInput({ commitment, signal });
  const bytes = hexToBytes(input);
  // Also throws if the bytes are outside the model's domain.
  if (!models.isInput(known, bytes, commitment)) throw new InputMismatchError();
  await store.put("inputs", commitment, toCanonicalJson({ modelId, input }));
  return bytes;
}
