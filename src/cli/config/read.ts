// SPDX-License-Identifier: MIT
// Configuration files of nodes: read strictly, and given to a command as options that its command line did not have.
import { dirname, resolve } from "node:path";

import type { Command } from "commander";

import { BaseError, InvalidFieldError, UnknownFieldError } from "../../protocol/errors.ts";
import { objectOf, parseJson, type Reader } from "../../protocol/json.ts";
import { ArgumentInvalidError } from "../errors.ts";
import { readText } from "../files.ts";
import { ConfigInvalidError } from "./errors.ts";
import { CONFIG_FIELDS, type NodeConfig, PATH_FIELDS } from "./fields.ts";

const MAX_CHARS = 65_536;
/** Two ways to say the same: who gives one on the command line takes neither from the file. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ["market", "deployment"],
  ["folder", "database"],
];

const readFields: Reader<NodeConfig> = (value, path) => {
  const given = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const fields = Object.entries(CONFIG_FIELDS).filter(
    ([name]) => name === "role" || given.includes(name),
  );
  const readers = Object.fromEntries(fields.map(([name, { read }]) => [name, read]));
  return objectOf<object>(readers)(value, path) as NodeConfig;
};

/**
 * A file's content. Only `role` must be there; a field that is not known is refused.
 *
 * @throws {ConfigInvalidError}
 */
export function readNodeConfig(value: unknown, file: string): NodeConfig {
  try {
    return readFields(value, "$");
  } catch (error) {
    if (error instanceof BaseError) throw new ConfigInvalidError(file, explain(error, value));
    throw error;
  }
}

/**
 * Reads a file; its paths come back absolute.
 *
 * @throws {ConfigInvalidError} or {@link FileUnreadableError}
 */
export async function loadNodeConfig(file: string): Promise<NodeConfig> {
  const config = readNodeConfig(parseText(await readText(file), file), file);
  const from = (path: string) => resolve(dirname(file), path);
  for (const name of PATH_FIELDS) {
    const path = config[name];
    if (path !== undefined) config[name] = from(path);
  }
  if (config.gasPayers !== undefined) config.gasPayers = config.gasPayers.map(from);
  if (config.models !== undefined) {
    const models = Object.entries(config.models).map(([name, path]) => [name, from(path)]);
    config.models = Object.fromEntries(models) as Record<string, string>;
  }
  return config;
}

function parseText(text: string, file: string): unknown {
  try {
    return parseJson<unknown>(text, (value) => value, { what: "text", limit: MAX_CHARS });
  } catch (error) {
    // Without its cause, which quotes the text.
    if (error instanceof BaseError) throw new ConfigInvalidError(file, error.message);
    throw error;
  }
}

/**
 * Gives a command the options of the file that `--config` names. What is on the command line or in the environment wins
 * over the file, the file over defaults; what the command has no option for is another command's.
 *
 * @throws {ArgumentInvalidError} if the file is of a node with another role, and what {@link loadNodeConfig} throws.
 */
export async function applyNodeConfig(
  command: Command,
  role?: NodeConfig["role"],
): Promise<NodeConfig | undefined> {
  const { config: file } = command.opts<{ config?: string }>();
  if (file === undefined) return undefined;
  const config = await loadNodeConfig(file);
  if (role !== undefined && config.role !== role)
    throw new ArgumentInvalidError("`role` of the configuration", config.role, `"${role}" here`);

  const isGiven = (name: string) =>
    !["default", "config", undefined].includes(command.getOptionValueSource(name));
  const settled = new Set(ALTERNATIVES.filter((names) => names.some(isGiven)).flat());
  const known = new Set(command.options.map((option) => option.attributeName()));
  for (const [name, value] of Object.entries(toOptions(config))) {
    if (known.has(name) && !isGiven(name) && !settled.has(name))
      command.setOptionValueWithSource(name, value, "config");
  }
  return config;
}

/** The fields as the command line has them. */
function toOptions(config: NodeConfig): object {
  const {
    $schema: _schema,
    models,
    gasPayers,
    port,
    metricsPort,
    confirmations,
    ...others
  } = config;
  const { batchSize, batchAge, ...rest } = others;
  return {
    ...rest,
    ...(gasPayers !== undefined && { gasPayer: gasPayers }),
    ...(port !== undefined && { port: String(port) }),
    ...(metricsPort !== undefined && { metricsPort: String(metricsPort) }),
    ...(confirmations !== undefined && { confirmations: String(confirmations) }),
    ...(batchSize !== undefined && { batchSize: String(batchSize) }),
    ...(batchAge !== undefined && { batchAge: String(batchAge) }),
    ...(models !== undefined && {
      model: Object.entries(models).map(([name, manifest]) => `${name}=${manifest}`),
    }),
  };
}

/** What is wrong, and what would be right. */
function explain(error: BaseError, given: unknown): string {
  if (error instanceof UnknownFieldError)
    return `${error.message} Known: ${Object.keys(CONFIG_FIELDS).join(", ")}.`;
  if (error instanceof InvalidFieldError)
    return `${error.message} It is ${describe(valueAt(given, error.path))}.`;
  return error.message;
}

/** `$.models.digits` or `$.gasPayers[0]` of a value. */
function valueAt(root: unknown, path: string): unknown {
  const names = path.split(/[.[\]]+/).filter((name) => name !== "");
  return names
    .slice(1)
    .reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], root);
}

function describe(value: unknown): string {
  if (typeof value === "string") return value === "" ? "empty" : "other text";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
