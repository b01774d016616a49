// SPDX-License-Identifier: MIT
/** Owns the proofs of results: what is kept is given, what is not is asked for. */
import type { Address, Hex } from "viem";

import type { RequestId } from "../protocol/ids.ts";
import { hexBytes, parseJson } from "../protocol/json.ts";
import type { Request, Result } from "../protocol/request.ts";
import { hashResult } from "../protocol/typed-data.ts";
import type { Chain } from "./chain.ts";
import type { Content } from "./content.ts";
import type { JobDesk } from "./jobs/desk.ts";
import { PROVE } from "./jobs/queues.ts";

const MAX_CHARS = 1024 * 1024;

export class Proofs {
  readonly #chain: Pick<Chain, "domain">;
  readonly #store: Content;
  readonly #desk: JobDesk;

  constructor(chain: Pick<Chain, "domain">, store: Content, desk: JobDesk) {
    this.#chain = chain;
    this.#store = store;
    this.#desk = desk;
  }

  /** ZKML evidence for a result; undefined while it is being proved. */
  async get(parameters: {
    id: RequestId;
    request: Request;
    result: Result;
    source: Address;
  }): Promise<Hex | undefined> {
    const { id, result } = parameters;
    const digest = hashResult(this.#chain.domain, { ...result, requestId: id });
    if (!this.#store.has("proofs", digest)) {
      await this.#desk.ask(PROVE, digest, parameters);
      return undefined;
    }
    const text = await this.#store.get("proofs", digest);
    return parseJson(text, hexBytes(), { what: "stored proof", limit: MAX_CHARS });
  }
}
