// SPDX-License-Identifier: MIT
// What anybody may do with claims under one root, which a node does for its own and verification nodes for all.
import { extractClaim } from "../client/actions/extractClaim.ts";
import { finalizeClaims } from "../client/actions/finalizeClaims.ts";
import { resultIn } from "../protocol/request.ts";
import type { TrackedRequest } from "./request-book.ts";
import { ONCE } from "./sender/index.ts";
import { proofOf, type TrackedClaims } from "./settled-orders.ts";
import type { Shared } from "./shared.ts";

/** Pays claims whose window has closed. */
export async function finish({ chain, sender, logger }: Shared, claims: TrackedClaims) {
  const { root, node, modelId, dataNode, left } = claims;
  const { deployment } = chain;
  const count = left.size;
  await sender.send(
    `finalizeClaims:${root}`,
    (client) => finalizeClaims(client, { deployment, node, modelId, dataNode, root }),
    { ...ONCE, from: "any" },
  );
  logger.info({ root, node, count }, "claims are final");
}

/** Gives a claim a record of its own, where it can be challenged. */
export async function extract(
  { chain, sender, logger }: Shared,
  tracked: TrackedRequest,
  claims: TrackedClaims,
): Promise<void> {
  const { deployment, domain } = chain;
  const { id, request, node } = tracked;
  const { root } = claims;
  const proof = proofOf(claims, id, domain);
  const claim = { deployment, request, result: resultIn(tracked), root, proof };
  await sender.send(`extract:${id}`, (client) => extractClaim(client, claim), {
    ...ONCE,
    from: "any",
  });
  logger.warn({ request: id, node, root }, "claim extracted");
}
