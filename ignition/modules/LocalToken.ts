// SPDX-License-Identifier: MIT
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A token that anybody can mint, for local and test chains that have none to settle in. */
export default buildModule("LocalToken", (m) => ({ token: m.contract("TestToken") }));
