// SPDX-License-Identifier: MIT
// Owns what a node's configuration file holds: each field's reader, and its line in the published schema.
import type { Address } from "viem";

import { BATCH_SIZE_MAX } from "../../client/node/batches.ts";
import { InvalidFieldError } from "../../protocol/errors.ts";
import { address, listOf, oneOf, type Reader, textOf } from "../../protocol/json.ts";

export const CONFIG_ROLES = ["inference", "verification"] as const;
export type ConfigRole = (typeof CONFIG_ROLES)[number];

/** A node's configuration; paths are absolute, or relative to the file's folder. */
export interface NodeConfig {
  /** For editors. */
  $schema?: string;
  role: ConfigRole;
  rpc?: string;
  backupRpc?: string;
  market?: Address;
  deployment?: string;
  folder?: string;
  database?: string;
  jobs?: boolean;
  confirmations?: number;
  host?: string;
  port?: number;
  endpoint?: string;
  metricsHost?: string;
  metricsPort?: number;
  stake?: string;
  batchSize?: number;
  batchAge?: number;
  models?: Record<string, string>;
  keystore?: string;
  gasPayers?: string[];
  passwordFile?: string;
  node?: Address;
}

/** Fields that hold a path, or several. */
export const PATH_FIELDS = ["deployment", "folder", "keystore", "passwordFile"] as const;

export interface ConfigField<T> {
  read: Reader<T>;
  /** JSON Schema of the value. */
  schema: Record<string, unknown>;
}

/** A chain's final block is at most that far below its head. */
export const MAX_CONFIRMATIONS = 64;
/** Seconds: a day. */
export const MAX_BATCH_AGE = 86_400;
const MAX_PORT = 65_535;
const MAX_GAS_PAYERS = 16;
const MODEL_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MAX_MODELS = 64;

function text(form: RegExp, expected: string, description: string): ConfigField<string> {
  return {
    read: textOf(form, expected),
    schema: { type: "string", pattern: form.source, description },
  };
}

function integer(maximum: number, description: string, minimum = 0): ConfigField<number> {
  return {
    read: (value, at) => {
      if (
        Number.isSafeInteger(value) &&
        typeof value === "number" &&
        value >= minimum &&
        value <= maximum
      )
        return value;
      throw new InvalidFieldError(at, `a whole number from ${minimum} to ${maximum}`);
    },
    schema: { type: "integer", minimum, maximum, description },
  };
}

const readBoolean: Reader<boolean> = (value, at) => {
  if (typeof value === "boolean") return value;
  throw new InvalidFieldError(at, "true or false");
};

function account(description: string): ConfigField<Address> {
  return {
    read: address,
    schema: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$", description },
  };
}

const readPath = textOf(/^[^\r\n]{1,4096}$/, "a path");
const path = (description: string): ConfigField<string> => ({
  read: readPath,
  schema: { type: "string", minLength: 1, description },
});
const port = (description: string) => integer(MAX_PORT, description);
const url = (description: string) =>
  text(/^https?:\/\/\S{1,2048}$/, "a URL that begins with http:// or https://", description);
const host = (description: string) =>
  text(/^[A-Za-z0-9.:_-]{1,255}$/, "a host name or an address", description);

const readModels: Reader<Record<string, string>> = (value, at) => {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (Array.isArray(value) || entries.length === 0 || entries.length > MAX_MODELS)
    throw new InvalidFieldError(at, "an object of names and paths of manifests");
  const models: Record<string, string> = {};
  for (const [name, manifest] of entries) {
    if (!MODEL_NAME.test(name))
      throw new InvalidFieldError(at, "named by small letters, digits and -");
    models[name] = readPath(manifest, `${at}.${name}`);
  }
  return models;
};

/** Every field, in the order of the schema. */
export const CONFIG_FIELDS: {
  [Name in keyof Required<NodeConfig>]: ConfigField<Required<NodeConfig>[Name]>;
} = {
  $schema: text(
    /^\S{1,2048}$/,
    "where this file's schema is",
    "Where this schema is, for editors.",
  ),
  role: {
    read: oneOf(CONFIG_ROLES),
    schema: { enum: CONFIG_ROLES, description: "What the node does." },
  },
  rpc: url("RPC endpoint of the chain. Default http://127.0.0.1:8545."),
  backupRpc: url("Second RPC endpoint: stands in for the first, and must agree with it."),
  market: account("The market; everything else is found from it."),
  deployment: path("Address book, instead of `market`."),
  folder: path("Where the node keeps its database."),
  database: text(
    /^postgres(ql)?:\/\/([^:@/?\s]*@)?[^@/?\s]+(\/[^@?\s]*)?(\?(?![^\s]*password)[^@\s]*)?$/,
    "a postgres:// URL without a password, which is in PGPASSWORD or a PGPASSFILE",
    "Postgres server to keep it on instead, as a URL without a password (PGPASSWORD or PGPASSFILE has it).",
  ),
  jobs: {
    read: readBoolean,
    schema: {
      type: "boolean",
      description:
        "Whether this process proves and re-runs itself; if not, workers do. Default true.",
    },
  },
  confirmations: integer(
    MAX_CONFIRMATIONS,
    "Blocks above one that the node relies on. Default 0 on local chains, 2 elsewhere.",
  ),
  host: host("Address to listen on. Default 127.0.0.1."),
  port: port("Port to listen on; 0, the default: any free one."),
  endpoint: url("URL to announce, for a node behind a proxy; by default where it listens."),
  metricsHost: host("Address to serve /metrics on. Default 127.0.0.1."),
  metricsPort: port("Port to serve /metrics on; not served if not given."),
  stake: text(
    /^\d{1,20}(\.\d{1,18})?$/,
    'a number of tokens as text, such as "1.5"',
    "Tokens to register with. Default 10000.",
  ),
  batchSize: integer(
    BATCH_SIZE_MAX,
    "Receipts of a batch: so many are posted at once, of inference nodes. Default 256.",
    1,
  ),
  batchAge: integer(
    MAX_BATCH_AGE,
    "Seconds after which receipts are posted, however few there are. Default 60.",
    1,
  ),
  models: {
    read: readModels,
    schema: {
      type: "object",
      minProperties: 1,
      maxProperties: MAX_MODELS,
      propertyNames: { pattern: MODEL_NAME.source },
      additionalProperties: { type: "string" },
      description: "Models by name, each with the path of its manifest. Default: the digit model.",
    },
  },
  keystore: path(
    "The node's key, encrypted (Web3 Secret Storage); without it ASSAY_NODE_KEY has it.",
  ),
  gasPayers: {
    read: listOf(readPath, MAX_GAS_PAYERS),
    schema: {
      type: "array",
      maxItems: MAX_GAS_PAYERS,
      items: { type: "string", minLength: 1 },
      description: "Key stores of keys that only pay for gas, with the password of the node's key.",
    },
  },
  passwordFile: path(
    "File with the key stores' password; without it ASSAY_NODE_PASSWORD or a prompt.",
  ),
  node: account("The node's address: its key must be that one's, and workers do its jobs."),
};
