// SPDX-License-Identifier: MIT
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";

import { commitModelFile } from "../../protocol/commitments.ts";
import { BaseError } from "../../protocol/errors.ts";
import { parseManifest } from "../../protocol/manifest.ts";
import { parseModel } from "../../zkml/model.ts";
import { ManifestUnusableError, UpstreamKeyError } from "./errors.ts";
import { integerModel } from "./integer.ts";
import { onnxModel } from "./onnx.ts";
import { openaiModel } from "./openai.ts";
import type { ServedModel } from "./types.ts";

const MANIFEST_BYTES = 65_536;
const INTEGER_FILE_BYTES = 64 * 2 ** 20;
/** What one buffer holds. */
const ONNX_FILE_BYTES = 2 ** 31 - 1;

export interface LoadServedModelParameters {
  /** The node's own name for it; of an integer model also the name of its circuit. */
  name: string;
  /** The manifest's path. */
  path: string;
  /** Of an upstream that wants one. */
  key?: string | undefined;
}

/**
 * Reads a manifest and makes the model that it describes. Nothing runs yet: {@link ServedModel.start} does that.
 *
 * @throws {ManifestUnusableError} if the manifest or its file is not what it should be.
 *
 * @example
 * const model = await loadServedModel({ name: "digits", path: "models/digits/manifest.json" });
 */
export async function loadServedModel(parameters: LoadServedModelParameters): Promise<ServedModel> {
  const { name, path, key } = parameters;
  try {
    const manifest = parseManifest(
      new TextDecoder().decode(await readBounded(path, MANIFEST_BYTES)),
    );
    if (manifest.kind === "openai") return openaiModel({ name, manifest, key });
    const file = join(dirname(path), manifest.file);
    const isOnnx = manifest.kind === "onnx";
    const bytes = await readBounded(file, isOnnx ? ONNX_FILE_BYTES : INTEGER_FILE_BYTES);
    if (isOnnx) {
      const found = commitModelFile(bytes);
      if (found !== manifest.weightsCommitment) {
        throw new ManifestUnusableError(path, `its file has the commitment ${found}`);
      }
      return onnxModel({ name, manifest, file });
    }
    const model = integerModel(name, parseModel(JSON.parse(new TextDecoder().decode(bytes))));
    if (model.weightsCommitment !== manifest.weightsCommitment) {
      throw new ManifestUnusableError(
        path,
        `its file has the commitment ${model.weightsCommitment}`,
      );
    }
    return model;
  } catch (error) {
    if (error instanceof ManifestUnusableError || error instanceof UpstreamKeyError) throw error;
    const reason = error instanceof BaseError ? error.message : "a file cannot be read or parsed";
    throw new ManifestUnusableError(path, reason.replace(/\.$/, ""), error);
  }
}

/** Reads a regular file; a link in its place could lead anywhere. */
async function readBounded(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (size > limit) throw new ManifestUnusableError(path, `it has ${size} bytes, over ${limit}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
