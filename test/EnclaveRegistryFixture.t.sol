// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveRegistry} from "../contracts/EnclaveRegistry.sol";
import {ModelRegistry} from "../contracts/ModelRegistry.sol";
import {Groth16Verifier} from "../contracts/evidence/Groth16Verifier.sol";
import {Evidence, NO_EVIDENCE} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Role} from "../contracts/types/Node.sol";
import {NodeRegistryFixture} from "./NodeRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";
import {newEnclaveRegistry, newGroth16Verifier, newModelRegistry} from "./support/Deployer.sol";

/// @notice Real node and model registries; NODE (of OPERATOR) runs enclaves, three operators are registrars, two votes are a
/// quorum. The measurement counts.
abstract contract EnclaveRegistryFixture is NodeRegistryFixture {
    uint16 internal constant QUORUM = 2;
    uint40 internal constant MAX_KEY_LIFE = 24 hours;
    uint40 internal constant MEASUREMENT_DELAY = 1 hours;
    bytes32 internal constant MEASUREMENT = keccak256("pcrs");
    bytes internal constant DOCUMENT = "attestation document";
    uint256 internal constant KEY = 0xe1;
    uint256 internal constant OTHER_KEY = 0xe2;

    address internal immutable PUBLISHER = makeAccount("publisher");
    address internal immutable OTHER_NODE = makeAccount("other node");
    address internal immutable FIRST = makeAccount("first registrar");
    address internal immutable SECOND = makeAccount("second registrar");
    address internal immutable THIRD = makeAccount("third registrar");

    ModelRegistry internal models;
    EnclaveRegistry internal enclaves;
    bytes32 internal modelId;
    bytes32 internal otherModelId;

    function setUp() public virtual override {
        super.setUp();
        models = newModelRegistry(address(newGroth16Verifier()));
        enclaves = newEnclaveRegistry(registry, models, QUORUM, MAX_KEY_LIFE, MEASUREMENT_DELAY);
        registerFor(OPERATOR, NODE, Role.INFERENCE, MIN_STAKE);
        register(OTHER_NODE, Role.INFERENCE, MIN_STAKE);
        register(FIRST, Role.VERIFICATION, MIN_STAKE);
        register(SECOND, Role.VERIFICATION, MIN_STAKE);
        register(THIRD, Role.VERIFICATION, MIN_STAKE);
        modelId = registerModel("tee model");
        otherModelId = registerModel("other tee model");
        allow(modelId, MEASUREMENT);
        vm.warp(START + MEASUREMENT_DELAY);
    }

    function registerModel(string memory uri) internal returns (bytes32) {
        Model memory model;
        model.publisher = PUBLISHER;
        model.paths = NO_EVIDENCE.plus(Evidence.TEE);
        model.bond = 1;
        model.uri = uri;
        vm.prank(PUBLISHER);
        return models.registerModel(model);
    }

    function allow(bytes32 model, bytes32 measurement) internal {
        vm.prank(PUBLISHER);
        enclaves.allowMeasurement(model, measurement);
    }

    function allowMany(bytes32 model, uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) allow(model, numbered(i));
    }

    function numbered(uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("pcrs", number));
    }

    function revoke(bytes32 model, bytes32 measurement) internal {
        vm.prank(PUBLISHER);
        enclaves.revokeMeasurement(model, measurement);
    }

    function latestExpiry() internal view returns (uint40) {
        return uint40(block.timestamp) + MAX_KEY_LIFE;
    }

    function propose(uint256 key) internal returns (bytes32) {
        return propose(NODE, modelId, key, MEASUREMENT, latestExpiry());
    }

    function propose(
        address node,
        bytes32 model,
        uint256 key,
        bytes32 measurement,
        uint40 expiresAt
    ) internal returns (bytes32) {
        bytes memory possession = possess(node, model, key);
        vm.prank(node);
        return enclaves.proposeDocument(model, vm.addr(key), measurement, expiresAt, DOCUMENT, possession);
    }

    function possess(address node, bytes32 model, uint256 key) internal view returns (bytes memory) {
        return sign(key, enclaves.possessionDigest(node, model, vm.addr(key)));
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function judge(address registrar, bytes32 admissionId, bool approve) internal {
        vm.prank(registrar);
        enclaves.judgeDocument(admissionId, approve);
    }

    /// @dev Proposed, and approved by a quorum.
    function admit(uint256 key) internal returns (address) {
        bytes32 admissionId = propose(key);
        judge(FIRST, admissionId, true);
        judge(SECOND, admissionId, true);
        return vm.addr(key);
    }

    function assertLive(address key, bool expected, string memory label) internal view {
        vm.assertEq(enclaves.isLive(key, NODE, modelId), expected, label);
    }
}
