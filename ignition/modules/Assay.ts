// SPDX-License-Identifier: MIT
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Deploys every contract and wires them once and for ever. Parameters come from `ignition/parameters/`; `token` is the
 * address of the settlement token.
 */
export default buildModule("Assay", (m) => {
  const token = m.getParameter("token");

  const nodeRegistry = m.contract("NodeRegistry", [
    token,
    m.getParameter("minStake"),
    m.getParameter("unbondingPeriod"),
  ]);
  const groth16Verifier = m.contract("Groth16Verifier");
  const modelRegistry = m.contract("ModelRegistry", [groth16Verifier]);
  const enclaveRegistry = m.contract("EnclaveRegistry", [
    nodeRegistry,
    modelRegistry,
    m.getParameter("registrarQuorum"),
    m.getParameter("maxKeyLife"),
    m.getParameter("measurementDelay"),
  ]);

  const zkmlEvidence = m.contract("ZkmlEvidence", [modelRegistry, groth16Verifier]);

  const market = m.contract("InferenceMarket", [
    token,
    nodeRegistry,
    modelRegistry,
    zkmlEvidence,
    enclaveRegistry,
    m.getParameter("market"),
  ]);
  const disputeCourt = m.contract("DisputeCourt", [market, m.getParameter("court")]);

  // The market takes no court that the node registry has not appointed.
  const appointed = m.call(nodeRegistry, "appoint", [[market, disputeCourt]]);
  m.call(market, "appointCourt", [disputeCourt], { after: [appointed] });

  return {
    nodeRegistry,
    groth16Verifier,
    modelRegistry,
    enclaveRegistry,
    zkmlEvidence,
    market,
    disputeCourt,
  };
});
