// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { concat, keccak256, stringToHex, toHex } from "viem";

import {
  BaseError,
  commitInputBytes,
  commitModelFile,
  commitUpstream,
  isReproducible,
  parseManifest,
} from "../../src/protocol/index.ts";

const upstream = { url: "https://models.example/v1", api: "chat", model: "tiny-1" } as const;
const limits = { outputBytes: 100, timeoutMs: 1_000, concurrency: 1 };
const manifests = {
  integer: { kind: "integer", file: "model.json", weightsCommitment: toHex(1, { size: 32 }) },
  onnx: {
    kind: "onnx",
    file: "model.onnx",
    weightsCommitment: toHex(2, { size: 32 }),
    inputs: [{ name: "x", type: "float32", dims: [1, 4] }],
    unitsPerInference: 3,
    limits: { ...limits, memoryMB: 512 },
  },
  openai: {
    kind: "openai",
    upstream,
    weightsCommitment: commitUpstream(upstream),
    limits: { ...limits, inputBytes: 100, outputTokens: 64 },
  },
};

/** The code of what the manifest is refused with. */
function codeOf(manifest: unknown): string {
  try {
    parseManifest(JSON.stringify(manifest));
    return "read";
  } catch (error) {
    if (error instanceof BaseError) return error.code;
    throw error;
  }
}

describe("parseManifest", () => {
  it("default", () => {
    for (const [kind, manifest] of Object.entries(manifests)) {
      expect(parseManifest(JSON.stringify(manifest)), kind).to.deep.equal(manifest);
    }
  });

  it("behavior: only integer models are reproducible", () => {
    const reproducible = Object.values(manifests).map((manifest) =>
      isReproducible(parseManifest(JSON.stringify(manifest))),
    );
    expect(reproducible, "integer, onnx, openai").to.deep.equal([true, false, false]);
  });

  it("error: fields that are missing, unknown or of another kind", () => {
    for (const [kind, manifest] of Object.entries(manifests)) {
      expect(codeOf({ ...manifest, key: "sk-1" }), `${kind}: more`).to.equal("PROTO-005");
      const { weightsCommitment: _, ...rest } = manifest;
      expect(codeOf(rest), `${kind}: less`).to.equal("PROTO-004");
      expect(codeOf({ ...rest, weightsCommitment: 1 }), `${kind}: other`).to.equal("PROTO-006");
    }
    for (const other of [undefined, null, [], {}, "integer", { kind: "gguf" }]) {
      expect(codeOf(other ?? null), JSON.stringify(other)).to.equal("PROTO-006");
    }
    const { onnx } = manifests;
    const tokens = { ...onnx, limits: { ...onnx.limits, outputTokens: 1 } };
    expect(codeOf(tokens), "a limit of another kind").to.equal("PROTO-005");
  });

  it("error: files outside the manifest's folder", () => {
    for (const file of ["../model.json", "/etc/passwd", "a/b", "a\\b", ".env", "", "a\0b"]) {
      expect(codeOf({ ...manifests.integer, file }), JSON.stringify(file)).to.equal("PROTO-006");
    }
  });

  it("error: limits that are none", () => {
    const { openai } = manifests;
    for (const name of Object.keys(openai.limits)) {
      for (const value of [0, -1, 1.5, 2 ** 53, "1", null]) {
        const changed = { ...openai, limits: { ...openai.limits, [name]: value } };
        expect(codeOf(changed), `${name}: ${value}`).to.equal("PROTO-006");
      }
    }
  });

  it("error: tensors that are none, or too large", () => {
    const { onnx } = manifests;
    const [input] = onnx.inputs;
    const cases = {
      "no input": [],
      "no element": [{ ...input, dims: [0] }],
      "too many elements": [{ ...input, dims: [8_001] }],
      "too many together": [
        { ...input, dims: [8_000] },
        { ...input, dims: [1] },
      ],
      "a product above all numbers": [{ ...input, dims: [2 ** 31, 2 ** 31, 2 ** 31] }],
      "an open dimension": [{ ...input, dims: [-1] }],
      "another type": [{ ...input, type: "string" }],
      "a name of two lines": [{ ...input, name: "x\ny" }],
    };
    for (const [title, inputs] of Object.entries(cases)) {
      expect(codeOf({ ...onnx, inputs }), title).to.equal("PROTO-006");
    }
  });

  it("error: upstreams that are none, or that are not committed to", () => {
    const { openai } = manifests;
    const urls = [
      "https://user:secret@models.example/v1",
      "https://models.example/v1?key=secret",
      "https://models.example/v1#a",
      "https://models.example/v1/",
      "https://MODELS.example/v1",
      "ftp://models.example",
      "file:///etc/passwd",
      "models.example",
      `https://models.example/${"x".repeat(300)}`,
    ];
    for (const url of urls) {
      const other = { ...upstream, url };
      const weightsCommitment = commitUpstream(other);
      expect(codeOf({ ...openai, upstream: other, weightsCommitment }), url).to.equal("PROTO-006");
    }
    for (const change of [
      { model: "big-1" },
      { api: "completions" },
      { url: "https://a.example" },
    ]) {
      const other = { ...openai, upstream: { ...upstream, ...change } };
      expect(codeOf(other), JSON.stringify(change)).to.equal("PROTO-006");
    }
  });
});

describe("commitInputBytes", () => {
  it("default: keccak256 of tag, zero byte and bytes", () => {
    const expected = keccak256(concat([stringToHex("assay/input-bytes/1"), "0x00", "0x0102"]));
    expect(commitInputBytes("0x0102"), "hex").to.equal(expected);
    expect(commitInputBytes(Uint8Array.of(1, 2)), "bytes").to.equal(expected);
  });

  it("behavior: equal bytes of another meaning have another commitment", () => {
    const bytes = Uint8Array.of(1, 2);
    const all = [commitInputBytes(bytes), commitModelFile(bytes), keccak256(bytes)];
    expect(new Set(all).size, "different").to.equal(3);
  });
});
