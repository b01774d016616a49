// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

/** Exit codes of `assay`; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** The answer is no: a check failed, a request ended without a result, a contract or node refused. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something the command needs is missing: chain, deployment, node, key, money. */
  environment: 3,
  /** By Ctrl-C or SIGTERM, before the command was done. */
  interrupted: 130,
} as const;

/** Words of the command line without what may be a private key: an error must not carry it on into a log. */
function withoutKeys(text: string): string {
  return text.replaceAll(/(0x)?[0-9a-fA-F]{64}/g, "(32 bytes)");
}

/** An error of the command line itself, with the code to exit with. */
export abstract class CliError extends BaseError {
  readonly exitCode: number = EXIT.environment;
}

/** The command works on a checkout's contracts and scripts only. */
export class CheckoutMissingError extends CliError {
  override readonly code = "CLI-001";
  constructor(command: string) {
    super(`\`assay ${command}\` needs a checkout of Assay: clone the repository and run it there.`);
  }
}

/** No RPC answers. */
export class ChainUnreachableError extends CliError {
  override readonly code = "CLI-002";
  constructor(url: string, cause: unknown) {
    super(
      `No chain answers at ${url}. Start one with \`npx hardhat node\`, or name another with --rpc.`,
      { cause },
    );
  }
}

/** Neither an address book nor a market address is known for the chain. */
export class DeploymentUnknownError extends CliError {
  override readonly code = "CLI-003";
  constructor(chainId: number, rpcUrl: string) {
    super(
      `Nothing is known to be deployed on chain ${chainId}. Run \`npm run deploy -- --rpc ${rpcUrl}\`, or name the market with --market.`,
    );
  }
}

/** The address book is older than the chain: a local chain was restarted. */
export class DeploymentStaleError extends CliError {
  override readonly code = "CLI-004";
  constructor(chainId: number, market: string) {
    super(
      `Chain ${chainId} has no contract at ${market}: it was restarted since. Deploy again with \`npm run deploy\`.`,
    );
  }
}

/** A file given on the command line cannot be read. */
export class FileUnreadableError extends CliError {
  override readonly code = "CLI-005";
  override readonly exitCode = EXIT.usage;
  constructor(path: string, cause: unknown) {
    const shown = withoutKeys(path);
    super(`The file ${shown} cannot be read. Check its path and rights.`, { cause });
  }
}

/** An argument is not what the command takes. */
export class ArgumentInvalidError extends CliError {
  override readonly code = "CLI-006";
  override readonly exitCode = EXIT.usage;
  constructor(name: string, value: string, expected: string) {
    const shown = withoutKeys(value);
    super(`${name} is ${expected}, not "${shown}".`);
  }
}

/** A model's name that the deployment does not have. */
export class ModelUnknownError extends CliError {
  override readonly code = "CLI-007";
  override readonly exitCode = EXIT.usage;
  constructor(name: string, known: readonly string[]) {
    super(`There is no model "${name}" here. Known: ${known.join(", ") || "none"}.`);
  }
}

/** No inference node serves the model now. */
export class NodeMissingError extends CliError {
  override readonly code = "CLI-008";
  constructor(model: string) {
    super(
      `No reachable inference node serves ${model}. On a local chain start some with \`npx assay nodes\`; or name one with --node.`,
    );
  }
}

/** Off local chains there is no default key. */
export class KeyMissingError extends CliError {
  override readonly code = "CLI-009";
  constructor(variable: string) {
    super(
      `Put the private key into the environment variable ${variable} (never on the command line).`,
    );
  }
}

/** A key that is none. */
export class KeyInvalidError extends CliError {
  override readonly code = "CLI-010";
  constructor(variable: string) {
    super(`${variable} does not hold a private key: 0x and 64 hex digits.`);
  }
}

/** A process that a command started ended before it was ready or done. */
export class ProcessEndedError extends CliError {
  override readonly code = "CLI-011";
  constructor(name: string, lastLines: readonly string[], logFile?: string) {
    const log = logFile === undefined ? "" : ` Its log is ${logFile}.`;
    super(`The ${name} failed.${log} Its last lines:`, { details: lastLines });
  }
}

/** A command for local chains was pointed at another. */
export class LocalChainOnlyError extends CliError {
  override readonly code = "CLI-012";
  constructor(command: string, chainId: number) {
    super(
      `\`assay ${command}\` uses published keys and works on local chains only, not on chain ${chainId}.`,
    );
  }
}

/** The command line does not parse: an unknown command or option, or one that is missing. */
export class UsageError extends CliError {
  override readonly code = "CLI-013";
  override readonly exitCode = EXIT.usage;
  constructor(reason: string) {
    const sentence = withoutKeys(reason)
      .replace(/^error: /, "")
      .trim();
    super(`${sentence.replace(/\.?$/, ".")} Add --help for commands and options.`);
  }
}

/** The model's registered version does not have the path that was asked for. */
export class PathMissingError extends CliError {
  override readonly code = "CLI-014";
  override readonly exitCode = EXIT.usage;
  constructor(model: string, path: string, paths: readonly string[]) {
    super(
      `The model "${model}" has no path ${path} on this chain. Use --path ${paths.join(" or ")}.`,
    );
  }
}

/** A file given on the command line cannot be written. */
export class FileUnwritableError extends CliError {
  override readonly code = "CLI-015";
  override readonly exitCode = EXIT.usage;
  constructor(path: string, cause: unknown) {
    const shown = withoutKeys(path);
    super(`The file ${shown} cannot be written. Check that its folder exists, and its rights.`, {
      cause,
    });
  }
}

/** The paying account has less than the request may cost. */
export class FundsMissingError extends CliError {
  override readonly code = "CLI-016";
  constructor(account: string, has: string, needs: string) {
    super(`The account ${account} has ${has}, and needs ${needs}. Send it the rest, or pay less.`);
  }
}

/** A failure that no command foresees. */
export class UnexpectedError extends CliError {
  override readonly code = "CLI-017";
  override readonly exitCode = EXIT.failed;
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Something failed that should not: ${reason}. Run \`assay doctor\`; report it if it stays.`,
      {
        cause,
      },
    );
  }
}

/** A role that this release does not have. */
export class DataNodeMissingError extends CliError {
  override readonly code = "CLI-018";
  override readonly exitCode = EXIT.usage;
  constructor() {
    super(
      "Data nodes are not there yet. Run `assay node inference` or `assay node verification` instead.",
    );
  }
}

/** A file that would be overwritten. */
export class FileExistsError extends CliError {
  override readonly code = "CLI-022";
  override readonly exitCode = EXIT.usage;
  constructor(path: string) {
    const shown = withoutKeys(path);
    super(`The file ${shown} is there already. Name another, or move it away.`);
  }
}

/** A command that asks was started where nobody can answer. */
export class TerminalMissingError extends CliError {
  override readonly code = "CLI-023";
  override readonly exitCode = EXIT.usage;
  constructor(command: string) {
    super(`\`assay ${command}\` asks on a terminal, and there is none. Add --yes and its options.`);
  }
}

/** A question was left without an answer. */
export class CancelledError extends CliError {
  override readonly code = "CLI-024";
  override readonly exitCode = EXIT.interrupted;
  constructor() {
    super("A question was left without an answer, so nothing was done. Start again when ready.");
  }
}
