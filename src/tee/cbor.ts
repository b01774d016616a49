// SPDX-License-Identifier: MIT
import { decode, Tokenizer, type DecodeOptions } from "cborg";

import { CborError } from "./errors.ts";

const STRICT: DecodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowBigInt: false,
};

/** Floats, tags, booleans and negative integers occur nowhere in a genuine document. */
const ALLOWED_TYPES: readonly string[] = [
  "uint",
  "bytes",
  "string",
  "array",
  "map",
  "null",
  "break",
];

/** A document has at most three arrays and maps per CBOR item; this bounds the depth as well. */
const MAX_CONTAINERS = 4;

/** Characters of a foreign error that are repeated in ours. */
const MAX_REASON = 200;

/**
 * Decodes one CBOR item in its shortest form, and nothing after it. Only the outermost map may have an indefinite
 * length: documents of 2026 have it, older ones do not.
 */
export function decodeStrictCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { ...STRICT, tokenizer: createStrictTokenizer(bytes) });
  } catch (cause) {
    if (cause instanceof CborError) throw cause;
    // cborg quotes map keys, which may hold control characters: they must not reach a log.
    throw new CborError(
      String(cause)
        .replace(/[^ -~]/g, "?")
        .slice(0, MAX_REASON),
    );
  }
}

function createStrictTokenizer(bytes: Uint8Array): NonNullable<DecodeOptions["tokenizer"]> {
  const tokenizer = new Tokenizer(bytes, STRICT);
  let containers = 0;

  return {
    done: () => tokenizer.done(),
    pos: () => tokenizer.pos(),
    next: () => {
      const isOutermost = tokenizer.pos() === 0;
      const token = tokenizer.next();
      const { name } = token.type;
      if (!ALLOWED_TYPES.includes(name)) throw new CborError(`unexpected ${name}`);
      if (name !== "array" && name !== "map") return token;

      containers += 1;
      if (containers > MAX_CONTAINERS) throw new CborError("too many nested arrays or maps");
      if (token.value === Infinity && !(isOutermost && name === "map")) {
        throw new CborError(`${name} of indefinite length`);
      }
      return token;
    },
  };
}
