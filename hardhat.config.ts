// SPDX-License-Identifier: MIT
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

import hardhatIgnitionViem from "@nomicfoundation/hardhat-ignition-viem";
import hardhatKeystore from "@nomicfoundation/hardhat-keystore";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatVerify from "@nomicfoundation/hardhat-verify";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { configVariable, defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

const compiler = {
  version: "0.8.37",
  path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: {
    viaIR: true,
    optimizer: {
      enabled: true,
      runs: 800,
      details: {
        peephole: true,
        inliner: true,
        jumpdestRemover: true,
        orderLiterals: true,
        deduplicate: true,
        cse: true,
        constantOptimizer: true,
        yul: true,
        // The compiler's own sequence without its function specializer (`F`), which copies every helper that is once
        // called with a constant: with it the market is 28.9 kB, over the limit; without it 20 kB.
        yulDetails: {
          optimizerSteps:
            "dhfoDgvulfnTUtnIf[xa[r]EscLMVcul[j]Trpeulxa[r]cLgvifCTUca[r]LSsTOtfDnca[r]Iulc]jmul[jul]VcTOculjmul:fDnTOcmu",
        },
      },
    },
    evmVersion: "osaka",
  },
};

// Tests deploy the built artifacts (test/support/Deployer.sol), so how they themselves are compiled does not change what is tested:
// the compiler's older pipeline takes seconds for them, not minutes.
const testCompiler = {
  ...compiler,
  settings: { ...compiler.settings, viaIR: false, optimizer: { enabled: false } },
};
/** For contracts that have bytes left to give for gas. */
const fastCompiler = {
  ...compiler,
  settings: { ...compiler.settings, optimizer: { enabled: true, runs: 20_000 } },
};
const overrides = Object.fromEntries([
  ...globSync("test/**/*.sol", { cwd: import.meta.dirname }).map((path) => [path, testCompiler]),
  ...["NodeRegistry", "OrderSettler", "evidence/Groth16Verifier", "evidence/ZkmlEvidence"].map(
    (name) => [`contracts/${name}.sol`, fastCompiler],
  ),
]);

/**
 * Hardhat compiles files together only if their settings are the same object, and its resolution copies each override: without
 * `config` every test file would be a compilation of its own, with all that it imports. Hardhat also asks for the bytecode of
 * everything imported: without `solidity` each compilation of tests would hold all contracts once more.
 */
const leanTestCompilation: HardhatPlugin = {
  id: "lean-test-compilation",
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        resolveUserConfig: async (user, resolveVariable, next) => {
          const resolved = await next(user, resolveVariable);
          for (const { overrides } of Object.values(resolved.solidity.profiles)) {
            const tests = Object.keys(overrides).filter((path) => path.startsWith("test/"));
            const [shared] = tests.map((path) => overrides[path]);
            if (shared === undefined) continue;
            for (const path of tests) overrides[path] = shared;
          }
          return resolved;
        },
      }),
    }),
    solidity: async () => ({
      default: async () => ({
        preprocessSolcInputBeforeBuilding: async (context, input, next) => {
          const tests = Object.keys(input.sources).filter((source) =>
            source.startsWith("project/test/"),
          );
          if (tests.length > 0) {
            const { "*": everything = {} } = input.settings.outputSelection;
            input.settings.outputSelection = Object.fromEntries(
              tests.map((source) => [source, everything]),
            );
          }
          return next(context, input);
        },
      }),
    }),
  },
};

/** Local chains run the hardfork of mainnet, so that gas and the transaction cap are honest. */
const simulated = { type: "edr-simulated", chainType: "l1", hardfork: "osaka" } as const;

export default defineConfig({
  plugins: [
    leanTestCompilation,
    hardhatIgnitionViem,
    hardhatKeystore,
    hardhatMocha,
    hardhatNetworkHelpers,
    hardhatVerify,
    hardhatViem,
    hardhatViemAssertions,
  ],
  solidity: {
    // Deploying must not wait for the compilation of tests.
    splitTestsCompilation: true,
    // Ignition deploys with `production`: both profiles are alike, so that what is tested is what is deployed.
    profiles: {
      default: { compilers: [compiler], overrides },
      production: { compilers: [compiler], overrides },
    },
  },
  networks: {
    default: simulated,
    // `npx hardhat node`: a block a second keeps the chain's clock going, which windows and deadlines are read from, and
    // blocks of one second may share it, so that many transactions do not make it run ahead.
    node: {
      ...simulated,
      mining: { auto: true, interval: 1_000 },
      allowBlocksWithSameTimestamp: true,
    },
    /** A second local chain whose id is not a local one: development keys must be refused there. */
    testchain: { ...simulated, chainId: 84_532_001 },
    localhost: {
      type: "http",
      chainType: "l1",
      url: configVariable("ASSAY_RPC_URL", { default: "http://127.0.0.1:8545" }),
    },
    external: {
      type: "http",
      chainType: "l1",
      url: configVariable("ASSAY_RPC_URL"),
      accounts: [configVariable("ASSAY_DEPLOYER_KEY")],
    },
  },
  test: {
    mocha: { timeout: 120_000 },
    solidity: { fsPermissions: { readDirectory: ["test/vectors"] } },
  },
});
