// SPDX-License-Identifier: MIT
// The README's Solidity lines as an integrator would use them: compiled in a contract, deployed, and relied on.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { bytesToHex, type Abi, type Hex } from "viem";

import { decodeRevert } from "../../src/client/index.ts";
import { commitInput, loadDigitImage, runModel } from "../../src/zkml/index.ts";
import { settle } from "../verifier/settle.ts";
import { closeWorld, createWorld, type World } from "../verifier/world.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLE = "contracts/examples/DigitGate.sol";

interface Compiled {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
}

/** The README's lines in the place of the example's function, so that what is printed is what is compiled. */
function sourceFromReadme(): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, lines = ""] = /```solidity\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(lines, "the README has the example").to.include("requireFinal");
  const example = readFileSync(join(root, EXAMPLE), "utf8");
  const start = example.indexOf("    function open(");
  expect(start, "the example has the function").to.be.greaterThan(0);
  return `${example.slice(0, start)}${lines}}\n`;
}

/** The compiler of hardhat.config.ts. */
function compile(source: string): { abi: Abi; bytecode: Hex } {
  const solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: object): string;
  };
  const find = (path: string) => {
    const file = [join(root, path), join(root, "node_modules", path)].find(existsSync);
    return file === undefined ? { error: "not found" } : { contents: readFileSync(file, "utf8") };
  };
  const input = {
    language: "Solidity",
    sources: { [EXAMPLE]: { content: source } },
    settings: { outputSelection: { "*": { DigitGate: ["abi", "evm.bytecode.object"] } } },
  };
  const output = solc.compile(JSON.stringify(input), { import: find });
  const { errors = [], contracts } = JSON.parse(output) as Compiled;
  const found = errors.filter(({ severity }) => severity === "error");
  expect(
    found.map(({ formattedMessage }) => formattedMessage),
    "compiler errors",
  ).to.deep.equal([]);
  const { abi, evm } = contracts[EXAMPLE]!["DigitGate"]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

describe("the README's Solidity", function () {
  this.timeout(120_000);
  let world: World;
  before(async () => {
    const made = await createWorld();
    const image = readFileSync(join(root, "models/digits/samples/7.png"));
    const input = loadDigitImage(image);
    world = { ...made, input, output: bytesToHex(runModel(made.circuit.model, input).output) };
  });
  after(() => closeWorld(world));

  it("default: a gate that opens for a proved seven, and for nothing else", async () => {
    const { abi, bytecode } = compile(sourceFromReadme());
    const { chain, deployment, modelId, output, wallets } = world;
    const picture = commitInput(world.circuit.model, world.input);
    const hash = await wallets.client.deployContract({
      abi,
      bytecode,
      args: [deployment.market, modelId, picture],
    });
    const { contractAddress } = await chain.waitForTransactionReceipt({ hash });
    const gate = { address: contractAddress!, abi };
    const isOpen = () => chain.readContract({ ...gate, functionName: "isOpen" });
    const open = async (args: readonly unknown[]) =>
      chain.waitForTransactionReceipt({
        hash: await wallets.client.writeContract({ ...gate, functionName: "open", args }),
      });
    const refusalOf = async (args: readonly unknown[]) => {
      try {
        await chain.simulateContract({ ...gate, functionName: "open", args });
        return "accepted";
      } catch (error) {
        const { cause } = error as { cause: { raw?: Hex; data?: { errorName?: string } } };
        if (cause.data?.errorName !== undefined) return cause.data.errorName;
        const decoded = decodeRevert("open", cause.raw ?? "0x");
        return "errorName" in decoded ? decoded.errorName : decoded.code;
      }
    };

    const signed = await settle(world, "tee");
    expect(await refusalOf([signed.request, signed.result, output]), "without a proof").to.equal(
      "RelianceMismatch",
    );
    const proved = await settle(world, "zkml");
    expect(await refusalOf([proved.request, proved.result, "0x03"]), "another output").to.equal(
      "NotASeven",
    );
    const { request, result } = proved;
    const made = { ...request, nonce: request.nonce + 1_000n };
    expect(await refusalOf([made, result, output]), "a request that was never opened").to.equal(
      "StateMismatch",
    );
    expect(await isOpen(), "still closed").to.equal(false);
    await open([request, result, output]);
    expect(await isOpen(), "open").to.equal(true);
  });
});
