// SPDX-License-Identifier: MIT
/** Owns the inputs that this node re-runs: fetched from the node that served them, checked against their commitment. */
import { hexToBytes } from "viem";

import { getEndpoint } from "../../client/actions/getEndpoint.ts";
import { nodeClient } from "../../client/node/nodeClient.ts";
import { readNodeInput } from "../../client/node/types.ts";
import { parseJson, toCanonicalJson } from "../../protocol/json.ts";
import { InputMismatchError } from "../errors.ts";
import type { KnownModel } from "../models.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 128 * 1024;

export class Inputs {
  readonly #shared: Shared;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** @throws {InputMismatchError} if the node gives other bytes, and what the transfer throws. */
  async of({ request, node }: TrackedRequest, known: KnownModel): Promise<Uint8Array> {
    const { chain, models, store, signal } = this.#shared;
    const { inputCommitment: commitment, modelId } = request;
    if (store.has("inputs", commitment)) {
      const text = await store.get("inputs", commitment);
      const stored = parseJson(text, readNodeInput, { what: "stored input", limit: MAX_BYTES });
      const bytes = hexToBytes(stored.input);
      if (!models.isInput(known, bytes, commitment)) throw new InputMismatchError();
      return bytes;
    }

    const endpoint = await getEndpoint(chain.client, { deployment: chain.deployment, node });
    const service = nodeClient({ endpoint, timeout: TIMEOUT_MS, maxBytes: MAX_BYTES });
    const { input } = await service.getInput({ commitment, signal });
    const bytes = hexToBytes(input);
    // Also throws if the bytes are outside the model's domain.
    if (!models.isInput(known, bytes, commitment)) throw new InputMismatchError();
    await store.put("inputs", commitment, toCanonicalJson({ modelId, input }));
    return bytes;
  }
}
