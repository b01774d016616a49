// SPDX-License-Identifier: MIT
// What `src/abi` is generated from: the interfaces' artifacts, and every custom error that a call can surface.
// Run it by `node scripts/generate.ts`, which compiles first and adds the headers.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

import { defineConfig } from "@wagmi/cli";
import type { Abi } from "viem";
import { formatAbiItem } from "viem/utils";

const ARTIFACTS = "artifacts/contracts";
const OPENZEPPELIN = "node_modules/@openzeppelin/contracts/build/contracts";
/** Where the files go; the check of `scripts/generate.ts` generates elsewhere and compares. */
const OUT = process.env["ASSAY_GENERATE_OUT"] ?? ".";

const INTERFACES = [
  "BatchJudge",
  "BatchSettler",
  "DisputeCourt",
  "EnclaveRegistry",
  "EvidenceVerifier",
  "Groth16Verifier",
  "InferenceConsumer",
  "InferenceMarket",
  "ModelRegistry",
  "NodeRegistry",
  "OrderSettler",
  "ZkmlEvidence",
] as const;

/** OpenZeppelin contracts whose errors can surface from ours or from a token, even if we do not inherit them. */
const ERROR_SOURCES = [
  "AccessControl",
  "Address",
  "ECDSA",
  "ERC20",
  "ERC20Permit",
  "ERC3009",
  "Errors",
  "Ownable",
  "Pausable",
  "ReentrancyGuard",
  "SafeCast",
  "SafeERC20",
  "ShortStrings",
];

function readAbi(path: string): Abi {
  return (JSON.parse(readFileSync(path, "utf8")) as { abi: Abi }).abi;
}

/** Every artifact of this repository except mocks and tests, whose errors nobody meets. */
function ownArtifacts(): string[] {
  return readdirSync(ARTIFACTS, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.sol[/\\]\w+\.json$/.test(path) && path.split(sep)[0] !== "mocks")
    .filter((path) => !path.includes(".t.sol"))
    .map((path) => join(ARTIFACTS, path));
}

/** One entry per error signature, in the order of the signatures, so that the file does not depend on file order. */
function collectErrors(paths: readonly string[]): Abi {
  const errors = new Map<string, Abi[number]>();
  for (const item of paths.flatMap((path) => [...readAbi(path)])) {
    if (item.type === "error") errors.set(formatAbiItem(item), item);
  }
  return [...errors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function toConfig(name: string, abi: Abi) {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  return { out: join(OUT, "src", "abi", `${file}.ts`), contracts: [{ name, abi }] };
}

const openZeppelin = (name: string) => join(OPENZEPPELIN, `${name}.json`);

export default defineConfig([
  ...INTERFACES.map((name) =>
    toConfig(name, readAbi(join(ARTIFACTS, "interfaces", `I${name}.sol`, `I${name}.json`))),
  ),
  toConfig("Erc20Permit", [
    ...readAbi(openZeppelin("IERC20Metadata")),
    ...readAbi(openZeppelin("IERC20Permit")),
    ...readAbi(openZeppelin("IERC20Errors")),
  ]),
  toConfig("AssayErrors", collectErrors([...ownArtifacts(), ...ERROR_SOURCES.map(openZeppelin)])),
]);
