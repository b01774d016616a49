// SPDX-License-Identifier: MIT
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";

import { type Command, Option } from "commander";
import type { Address } from "viem";

import { BATCH_SIZE_MAX } from "../../client/node/batches.ts";
import { parseBlocks, parseCount, parsePort } from "../arguments.ts";
import {
  CONFIG_ROLES,
  type ConfigRole,
  MAX_BATCH_AGE,
  MAX_CONFIRMATIONS,
  type NodeConfig,
} from "../config/fields.ts";
import { readNodeConfig } from "../config/read.ts";
import { nodeConfigSchema, SCHEMA_FILE } from "../config/schema.ts";
import { writeNewPrivateText } from "../files.ts";
import { assertNew, type NewKeyOptions, sealNewKey } from "../keys/new-key.ts";
import { modelPaths } from "../models.ts";
import { createOutput } from "../output.ts";
import { askForConfig } from "../wizard/ask-config.ts";
import { askUnless, type Terminal } from "../wizard/terminal.ts";
import { withKeyOptions, withNewKeyOptions, withNodeSettings } from "./node-options.ts";

interface InitOptions extends NewKeyOptions {
  json?: true;
  yes?: true;
  schema?: true;
  config: string;
  keystore?: string;
}

/** What `assay node init` wrote. */
export interface Initialised {
  address: Address;
  config: string;
  keystore: string;
}

/** Settings that the file has as the command line has them. */
const TEXTS = [
  "role",
  "rpc",
  "backupRpc",
  "market",
  "database",
  "host",
  "endpoint",
  "metricsHost",
  "stake",
] as const;

/** What a role needs besides its stake. */
const MORE_TOKENS: Record<ConfigRole, string> = {
  inference: "",
  verification: ", and the court's `challengeBond` (10 in this package's parameters)",
};

/** `assay node init`: writes a node's configuration and its encrypted key. */
export function addNodeInitCommand(node: Command): void {
  withInitOptions(
    node
      .command("init")
      .description("Write a node's configuration and its encrypted key, asking for what is needed"),
  ).action(async (options: InitOptions, command: Command) => {
    const output = createOutput(options.json === true);
    if (options.schema === true) {
      const schema = nodeConfigSchema();
      output.result(schema, [JSON.stringify(schema, undefined, 2)]);
      return;
    }
    const run = (terminal?: Terminal) => initNode(command, terminal);
    const { settings, ...written } = await askUnless(
      options.yes ?? options.keyStdin,
      "node init",
      run,
    );
    const { address, config, keystore } = written;
    output.result(written, [
      `${config} and ${keystore} are written. Back up the key store and its password, apart from each other.`,
      `Send to ${address}: 0.2 ether for gas, and ${settings.stake} tokens for the stake${MORE_TOKENS[settings.role]}. Then run`,
      `  assay node ${settings.role} --config ${config}`,
    ]);
  });
}

export function withInitOptions(command: Command): Command {
  return withNewKeyOptions(withKeyOptions(withNodeSettings(command)))
    .addOption(new Option("--role <role>", "what the node does").choices(CONFIG_ROLES))
    .option("--config <file>", "the configuration to write", "assay-node.json")
    .option("--schema", "only print the configuration's JSON schema");
}

/** Writes both files, or none if something is wrong with what is given or answered. */
export async function initNode(
  command: Command,
  terminal: Terminal | undefined,
): Promise<Initialised & { settings: NodeConfig }> {
  const options = command.opts<InitOptions>();
  const { config: file, passwordFile } = options;
  const keystore = options.keystore ?? `${file.replace(/\.json$/, "")}.key.json`;
  assertNew(file, keystore);
  const answered = await askForConfig(terminal, givenSettings(command, file));
  const settings = readNodeConfig(
    {
      $schema: fromFolderOf(file, SCHEMA_FILE),
      ...answered,
      keystore: options.keystore === undefined ? basename(keystore) : fromFolderOf(file, keystore),
      ...(passwordFile !== undefined && { passwordFile: fromFolderOf(file, passwordFile) }),
    },
    file,
  );
  const { address, sealed } = await sealNewKey(options, terminal);
  settings.node = address;
  await writeNewPrivateText(keystore, sealed);
  await writeNewPrivateText(file, `${JSON.stringify(settings, undefined, 2)}\n`);
  return { address, config: file, keystore, settings };
}

/** What the command line or the environment said. */
function givenSettings(command: Command, file: string): Partial<NodeConfig> {
  const options = command.opts<Record<string, unknown>>();
  const isGiven = (name: string) =>
    !["default", undefined].includes(command.getOptionValueSource(name));
  const given = <T>(name: string, read: (text: string) => T): Record<string, T> =>
    isGiven(name) ? { [name]: read(options[name] as string) } : {};
  const toFile = (path: string) => fromFolderOf(file, path);
  const models = Object.entries(modelPaths(options["model"] as string[]));
  const gasPayers = (options["gasPayer"] as string[]).map(toFile);
  return {
    ...Object.fromEntries(TEXTS.filter(isGiven).map((name) => [name, options[name]])),
    ...given("deployment", toFile),
    ...given("folder", toFile),
    ...given("port", (text) => parsePort("--port", text)),
    ...given("metricsPort", (text) => parsePort("--metrics-port", text)),
    ...given("confirmations", (text) => parseBlocks("--confirmations", text, MAX_CONFIRMATIONS)),
    ...given("batchSize", (text) => parseCount("--batch-size", text, BATCH_SIZE_MAX)),
    ...given("batchAge", (text) => parseCount("--batch-age", text, MAX_BATCH_AGE)),
    ...(isGiven("jobs") && { jobs: options["jobs"] as boolean }),
    ...(models.length > 0 && {
      models: Object.fromEntries(models.map(([name, path]) => [name, toFile(path)])),
    }),
    ...(gasPayers.length > 0 && { gasPayers }),
  };
}

/** A path of the command line as the file has it: relative to the file's folder, unless it was absolute. */
function fromFolderOf(file: string, path: string): string {
  if (isAbsolute(path) && path !== SCHEMA_FILE) return path;
  return relative(dirname(resolve(file)), resolve(path)) || ".";
}
