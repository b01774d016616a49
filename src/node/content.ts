// SPDX-License-Identifier: MIT
import type { ContentStore } from "../store/index.ts";

/** What a node keeps by name: that of a request's id, a commitment, or a result's digest. */
export const CONTENT_KINDS = [
  "inputs",
  "outputs",
  "results",
  "orders",
  "proofs",
  "opinions",
  "evidence",
  "challenges",
  "votes",
  "faults",
] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];
export type Content = ContentStore<ContentKind>;
