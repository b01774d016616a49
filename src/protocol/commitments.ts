// SPDX-License-Identifier: MIT
// What models commit to that have no circuit. A model with one commits as its circuit does, see src/zkml/commitment.ts.
import { concat, type Hex, keccak256, stringToHex, toHex } from "viem";

import type { Hex32 } from "./ids.ts";
import { toCanonicalJson } from "./json.ts";

/** Names of the encodings; changed whenever an encoding changes. */
const DOMAINS = {
  input: "assay/input-bytes/1",
  file: "assay/model-file/1",
  upstream: "assay/upstream-model/1",
} as const;

/** Where a model answers that somebody else runs. */
export interface Upstream {
  /** Base URL of its API, for example https://api.example.com/v1. */
  url: string;
  api: "chat" | "completions";
  /** The upstream's name of the model. */
  model: string;
}

/**
 * Commits to the input of a model without circuit: keccak256 of a domain tag, a zero byte and the input bytes.
 *
 * @dev Warning: it hides nothing. An input of few possible values can be found by trying them.
 */
export function commitInputBytes(input: Hex | Uint8Array): Hex32 {
  return commitBytes(DOMAINS.input, input);
}

/** Weights commitment of a model that is one file: every byte of it. */
export function commitModelFile(file: Uint8Array): Hex32 {
  return commitBytes(DOMAINS.file, file);
}

/** Weights commitment of a model that somebody else runs: nobody sees its weights, so it says who is asked for what. */
export function commitUpstream({ url, api, model }: Upstream): Hex32 {
  return commitBytes(DOMAINS.upstream, stringToHex(toCanonicalJson({ url, api, model })));
}

/** The zero byte ends the tag, so that no tag is the beginning of another. */
function commitBytes(domain: string, bytes: Hex | Uint8Array): Hex32 {
  return keccak256(
    concat([stringToHex(domain), "0x00", typeof bytes === "string" ? bytes : toHex(bytes)]),
  );
}
