// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BatchSettler} from "../../contracts/BatchSettler.sol";
import {DisputeCourt} from "../../contracts/DisputeCourt.sol";
import {EnclaveRegistry} from "../../contracts/EnclaveRegistry.sol";
import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {NodeRegistry} from "../../contracts/NodeRegistry.sol";
import {OrderSettler} from "../../contracts/OrderSettler.sol";
import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {ZkmlEvidence} from "../../contracts/evidence/ZkmlEvidence.sol";
import {BatchParameters} from "../../contracts/interfaces/IBatchSettler.sol";
import {CourtParameters} from "../../contracts/interfaces/IDisputeCourt.sol";
import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {MarketParameters} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {Vm} from "./Vm.sol";

// Deployment of the built artifacts, as a script deploys them. With `new` every test contract would hold, and the compiler
// optimise, a copy of every contract it deploys: minutes instead of seconds.

Vm constant DEPLOYER_VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @dev Creates an artifact's contract; reverts with the constructor's reason.
function create(string memory artifact, bytes memory arguments) returns (address deployed) {
    bytes memory code = bytes.concat(DEPLOYER_VM.getCode(artifact), arguments);
    assembly ("memory-safe") {
        deployed := create(0, add(code, 32), mload(code))
        if iszero(deployed) {
            let free := mload(0x40)
            returndatacopy(free, 0, returndatasize())
            revert(free, returndatasize())
        }
    }
}

function newNodeRegistry(address token, uint128 minStake, uint40 unbondingPeriod) returns (NodeRegistry) {
    return NodeRegistry(create("NodeRegistry.sol:NodeRegistry", abi.encode(token, minStake, unbondingPeriod)));
}

function newModelRegistry(address groth16Verifier) returns (ModelRegistry) {
    return ModelRegistry(create("ModelRegistry.sol:ModelRegistry", abi.encode(groth16Verifier)));
}

function newEnclaveRegistry(
    INodeRegistry nodes,
    IModelRegistry models,
    uint16 quorum,
    uint40 maxKeyLife,
    uint40 measurementDelay
) returns (EnclaveRegistry) {
    bytes memory arguments = abi.encode(nodes, models, quorum, maxKeyLife, measurementDelay);
    return EnclaveRegistry(create("EnclaveRegistry.sol:EnclaveRegistry", arguments));
}

function newGroth16Verifier() returns (Groth16Verifier) {
    return Groth16Verifier(create("Groth16Verifier.sol:Groth16Verifier", ""));
}

function newZkmlEvidence(IModelRegistry models, IGroth16Verifier groth16) returns (ZkmlEvidence) {
    return ZkmlEvidence(create("ZkmlEvidence.sol:ZkmlEvidence", abi.encode(models, groth16)));
}

function newInferenceMarket(
    address token,
    address nodes,
    address models,
    address zkmlVerifier,
    address teeVerifier,
    MarketParameters memory parameters
) returns (InferenceMarket) {
    bytes memory arguments = abi.encode(token, nodes, models, zkmlVerifier, teeVerifier, parameters);
    return InferenceMarket(create("InferenceMarket.sol:InferenceMarket", arguments));
}

function newDisputeCourt(address market, CourtParameters memory parameters) returns (DisputeCourt) {
    return DisputeCourt(create("DisputeCourt.sol:DisputeCourt", abi.encode(market, parameters)));
}

function newBatchSettler(address market, BatchParameters memory parameters) returns (BatchSettler) {
    return BatchSettler(create("BatchSettler.sol:BatchSettler", abi.encode(market, parameters)));
}

function newOrderSettler(address market) returns (OrderSettler) {
    return OrderSettler(create("OrderSettler.sol:OrderSettler", abi.encode(market)));
}
