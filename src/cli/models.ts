// SPDX-License-Identifier: MIT
// Models named on the command line of a node.
import { loadServedModel, type NodeOptions } from "../node/index.ts";
import { loadModel } from "../zkml/index.ts";
import { ArgumentInvalidError } from "./errors.ts";

const KEY_VARIABLE = "ASSAY_UPSTREAM_KEY_";
const ENTRY = /^([a-z][a-z0-9-]{0,31})=(.+)$/;

/**
 * The models of `--model name=manifest`, the digit model of this package if there are none. An upstream's key comes from
 * `ASSAY_UPSTREAM_KEY_NAME` alone: a manifest that named its variable could name any secret of the host.
 */
export async function loadModels(entries: readonly string[]): Promise<NodeOptions["models"]> {
  if (entries.length === 0) return { digits: await loadModel("digits") };
  const models: Record<string, NodeOptions["models"][string]> = {};
  for (const [name, path] of Object.entries(modelPaths(entries)))
    models[name] = await loadServedModel({ name, path, key: takeKey(name) });
  return models;
}

/** The manifests of `--model name=manifest`, by name. */
export function modelPaths(entries: readonly string[]): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const entry of entries) {
    const [, name, path] = ENTRY.exec(entry) ?? [];
    if (name === undefined || path === undefined || Object.hasOwn(paths, name)) {
      throw new ArgumentInvalidError("--model", entry, "a new name, = and the path of a manifest");
    }
    paths[name] = path;
  }
  return paths;
}

function takeKey(name: string): string | undefined {
  const variable = `${KEY_VARIABLE}${name.toUpperCase().replaceAll("-", "_")}`;
  const key = process.env[variable];
  // From here on nobody who reads the environment of a child finds it.
  delete process.env[variable];
  return key;
}
