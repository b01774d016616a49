// SPDX-License-Identifier: MIT
import { getFinalAt } from "../client/actions/getFinalAt.ts";
import { includesEvidence } from "../protocol/evidence.ts";
import { State } from "../protocol/state.ts";
import type { Chain } from "./chain.ts";
import type { TrackedRequest } from "./request-book.ts";

/** Knows when delivered results become final. The chain is asked once per request and set of evidence. */
export class Windows {
  readonly #chain: Chain;
  readonly #ends = new WeakMap<TrackedRequest, { evidence: number; end: number }>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** The end of the window, unix seconds; zero while none runs; undefined until {@link Windows.read}. */
  endOf(tracked: TrackedRequest): number | undefined {
    if (tracked.state !== State.DELIVERED) return 0;
    if (!includesEvidence(tracked.evidence, tracked.request.requiredEvidence)) return 0;
    const known = this.#ends.get(tracked);
    return known?.evidence === tracked.evidence ? known.end : undefined;
  }

  /** Asks the chain. */
  async read(tracked: TrackedRequest): Promise<void> {
    const { request, evidence } = tracked;
    const { client, deployment } = this.#chain;
    const end = await getFinalAt(client, { deployment, request });
    if (end !== 0) this.#ends.set(tracked, { evidence, end });
  }
}
