// SPDX-License-Identifier: MIT
// What a newcomer relies on: imports point one way, every source file names its licence, contracts fit the limit, and the
// root stays small.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const MAX_ROOT_ENTRIES = 30;
const MAX_CONTRACT_BYTES = 24_576;

/** What each folder of src may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  abi: [],
  client: ["protocol", "abi"],
  zkml: ["protocol"],
  tee: ["protocol"],
  scheduler: ["protocol"],
  store: ["protocol"],
  verifier: ["protocol", "abi", "client", "zkml", "tee", "scheduler"],
  simulator: ["protocol", "scheduler"],
  node: ["protocol", "abi", "client", "zkml", "tee", "scheduler", "store", "verifier"],
  gateway: ["protocol", "abi", "client", "zkml", "tee", "scheduler", "verifier", "node"],
  cli: ["protocol", "abi", "client", "zkml", "tee", "scheduler", "verifier", "simulator", "node"],
};

/** The same for contracts; files at the top of `contracts` are registries, market and court. */
const CONTRACTS_MAY_IMPORT: Record<string, readonly string[]> = {
  types: ["types"],
  interfaces: ["types", "interfaces"],
  libraries: ["types", "interfaces", "libraries"],
  evidence: ["types", "interfaces", "libraries"],
  examples: ["types", "interfaces"],
  // The registry of enclave keys is itself the verifier of their signatures.
  "": ["types", "interfaces", "libraries", "evidence"],
};

const failures: string[] = [];

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) =>
    relative(root, resolve(root, file, "..", path ?? "")),
  );
}

for (const file of filesBelow("src")) {
  const [, folder = ""] = file.split(sep);
  for (const target of importsOf(file)) {
    const [top, into = ""] = target.split(sep);
    if (top !== "src")
      failures.push(`${file} imports ${target}: src never imports what is outside it`);
    else if (into !== folder && !MAY_IMPORT[folder]?.includes(into))
      failures.push(`${file} imports ${target}: ${folder} may not import ${into}`);
  }
}

for (const file of filesBelow("contracts").filter((path) => !path.includes(`${sep}mocks${sep}`))) {
  const parts = file.split(sep);
  const folder = parts.length > 2 ? (parts[1] ?? "") : "";
  for (const target of importsOf(file)) {
    const into = target.split(sep).length > 2 ? (target.split(sep)[1] ?? "") : "";
    if (!CONTRACTS_MAY_IMPORT[folder]?.includes(into))
      failures.push(
        `${file} imports ${target}: contracts/${folder} may not import contracts/${into}`,
      );
  }
}

const LICENSED = new Set([".ts", ".mjs", ".sol", ".circom"]);
for (const folder of ["src", "contracts", "circuits", "scripts", "test", "ignition", "bin"]) {
  for (const file of filesBelow(folder).filter((path) => LICENSED.has(extname(path)))) {
    const head = readFileSync(join(root, file), "utf8").slice(0, 200);
    if (!/SPDX-License-Identifier: (MIT|GPL-3\.0)/.test(head))
      failures.push(`${file} names no licence`);
    if (
      /from "(snarkjs)"|circomlib[/]circuits/.test(readFileSync(join(root, file), "utf8")) &&
      !head.includes("GPL-3.0")
    )
      failures.push(`${file} builds on snarkjs or circomlib and must be GPL-3.0`);
  }
}

for (const file of filesBelow(join("artifacts", "contracts")).filter((path) =>
  path.endsWith(".json"),
)) {
  const { contractName, deployedBytecode } = JSON.parse(readFileSync(join(root, file), "utf8")) as {
    contractName: string;
    deployedBytecode?: string;
  };
  const bytes = ((deployedBytecode ?? "0x").length - 2) / 2;
  if (bytes > MAX_CONTRACT_BYTES)
    failures.push(`${contractName} has ${bytes} bytes, over ${MAX_CONTRACT_BYTES}`);
}

const ignored = new Set([
  "node_modules",
  "artifacts",
  "cache",
  "dist",
  "deployments",
  "coverage",
  ".git",
]);
const entries = readdirSync(root).filter(
  (entry) => !ignored.has(entry) && statSync(join(root, entry)),
);
if (entries.length > MAX_ROOT_ENTRIES)
  failures.push(`the root has ${entries.length} entries: ${entries.join(" ")}`);

for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
