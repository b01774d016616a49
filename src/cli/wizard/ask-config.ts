// SPDX-License-Identifier: MIT
// The questions of `assay node init`: what the command line did not say, with defaults.
import { BaseError } from "../../protocol/errors.ts";
import { CONFIG_FIELDS, CONFIG_ROLES, type NodeConfig } from "../config/fields.ts";
import { DEFAULT_RPC_URL } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

interface Question {
  name: Exclude<keyof NodeConfig, "models" | "gasPayers" | "jobs" | "$schema">;
  question: string;
  /** Taken for an empty answer; without one the field is left out, unless it must be there. */
  initial?: string;
  /** Not asked if one of these is known. */
  unless?: readonly (keyof NodeConfig)[];
  required?: true;
}

const QUESTIONS: readonly Question[] = [
  { name: "role", question: `What the node does, ${CONFIG_ROLES.join(" or ")}`, required: true },
  { name: "rpc", question: "RPC endpoint of the chain", initial: DEFAULT_RPC_URL },
  { name: "backupRpc", question: "Second RPC endpoint (empty: none)" },
  {
    name: "market",
    question: "Address of the market (empty: that of `npm run deploy`)",
    unless: ["deployment"],
  },
  {
    name: "database",
    question: "Postgres server, postgres://... (empty: a folder)",
    unless: ["folder"],
  },
  {
    name: "folder",
    question: "Folder of the node's database",
    initial: "data",
    unless: ["database"],
  },
  { name: "port", question: "Port to serve on", initial: "8080" },
  { name: "endpoint", question: "URL to announce, behind a proxy (empty: where it listens)" },
  { name: "metricsPort", question: "Port of the metrics (empty: none)" },
  { name: "stake", question: "Tokens to register with", initial: "10000" },
];
const NUMBERS: ReadonlySet<string> = new Set(["port", "metricsPort"]);

/**
 * @param terminal Where to ask; without one the defaults are taken.
 * @throws {CancelledError} or {@link UsageError}
 */
export async function askForConfig(
  terminal: Terminal | undefined,
  given: Partial<NodeConfig>,
): Promise<Partial<NodeConfig>> {
  const config: Partial<NodeConfig> = { ...given };
  for (const question of QUESTIONS) {
    const { name, unless = [] } = question;
    if ([name, ...unless].some((field) => config[field] !== undefined)) continue;
    const value = await (terminal === undefined
      ? defaultOf(question)
      : askForField(terminal, question));
    if (value !== undefined) Object.assign(config, { [name]: value });
  }
  return config;
}

function defaultOf({ name, initial, required }: Question): string | number | undefined {
  if (required === true) throw new UsageError(`required option '--${name}' not specified`);
  return initial === undefined ? undefined : toValue(name, initial);
}

/** Asks until the answer can be taken. */
async function askForField(
  terminal: Terminal,
  { name, question, initial, required }: Question,
): Promise<string | number | undefined> {
  const shown = initial === undefined ? question : `${question} [${initial}]`;
  for (;;) {
    const answer = (await terminal.ask(`${shown}:`)).trim() || initial;
    if (answer === undefined && required !== true) return undefined;
    const value = toValue(name, answer ?? "");
    try {
      CONFIG_FIELDS[name].read(value, name);
      return value;
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      terminal.say(error.message);
    }
  }
}

function toValue(name: string, text: string): string | number {
  return NUMBERS.has(name) ? Number(text) : text;
}
