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
  const orderSettler = m.contract("OrderSettler", [market]);
  const batchSettler = m.contract("BatchSettler", [market, m.getParameter("batches")]);

  // The market takes none that the node registry has not appointed, and nobody after the court.
  const contracts = [market, disputeCourt, orderSettler, batchSettler];
  const appointed = m.call(nodeRegistry, "appoint", [contracts]);
  const settlers = m.call(market, "appointSettlers", [orderSettler, batchSettler], {
    after: [appointed],
  });
  m.call(market, "appointCourt", [disputeCourt], { after: [settlers] });

  return {
    nodeRegistry,
    groth16Verifier,
    modelRegistry,
    enclaveRegistry,
    zkmlEvidence,
    market,
    disputeCourt,
    orderSettler,
    batchSettler,
  };
});
