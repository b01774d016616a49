// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {ALL_EVIDENCE, Evidence, EvidenceSet} from "./types/Evidence.sol";
import {Model, Terms} from "./types/Model.sol";
import {Guarded} from "./libraries/Guarded.sol";

/// @title Model versions and what verifies them
contract ModelRegistry is IModelRegistry, Guarded {
    IGroth16Verifier private immutable GROTH16_VERIFIER;

    mapping(bytes32 modelId => Model) private _models;

    constructor(address groth16Verifier_) {
        GROTH16_VERIFIER = IGroth16Verifier(groth16Verifier_);
    }

    /* REGISTER */

    /// @inheritdoc IModelRegistry
    function registerModel(Model calldata model) external whenNotPaused returns (bytes32 modelId) {
        modelId = idOf(model);
        if (isRegistered(modelId)) revert ModelAlreadyRegistered(modelId);
        if (model.publisher != msg.sender) revert ModelPublisherMismatch(model.publisher, msg.sender);
        if (model.bond == 0) revert ModelBondZero();
        if (model.previousVersion != 0) _known(model.previousVersion);
        _checkPaths(model.paths, model.verifyingKeyId, model.unitsPerInference);

        _models[modelId] = model;
        emit ModelRegistered(modelId, msg.sender, model);
    }

    function _checkPaths(EvidenceSet paths, bytes32 verifyingKeyId, uint40 unitsPerInference) private view {
        uint8 bits = EvidenceSet.unwrap(paths);
        if (paths.isEmpty() || !ALL_EVIDENCE.includes(paths)) revert ModelPathsInvalid(bits);
        if (paths.has(Evidence.ZKML) != (verifyingKeyId != 0)) revert ModelKeyMismatch(verifyingKeyId, bits);
        if (paths.has(Evidence.ZKML) && unitsPerInference == 0) revert ModelUnitsZero(bits);
        if (verifyingKeyId != 0 && !GROTH16_VERIFIER.isRegistered(verifyingKeyId)) {
            revert ModelKeyUnknown(verifyingKeyId);
        }
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function idOf(Model calldata model) public pure returns (bytes32) {
        return keccak256(abi.encode(model));
    }

    /// @inheritdoc IModelRegistry
    function modelOf(bytes32 modelId) external view returns (Model memory) {
        return _known(modelId);
    }

    /// @inheritdoc IModelRegistry
    function termsOf(bytes32 modelId) external view returns (Terms memory) {
        Model storage model = _known(modelId);
        return
            Terms({
                paths: model.paths,
                unitsPerInference: model.unitsPerInference,
                teeWindow: model.teeWindow,
                bond: model.bond,
                valueCap: model.valueCap
            });
    }

    /// @inheritdoc IModelRegistry
    function verifyingKeyOf(bytes32 modelId) external view returns (bytes32) {
        return _known(modelId).verifyingKeyId;
    }

    /// @inheritdoc IModelRegistry
    function publisherOf(bytes32 modelId) external view returns (address) {
        return _known(modelId).publisher;
    }

    /// @inheritdoc IModelRegistry
    function isRegistered(bytes32 modelId) public view returns (bool) {
        // The bond is never zero, and beside all that is read most.
        return _models[modelId].bond != 0;
    }

    /// @inheritdoc IModelRegistry
    function groth16Verifier() external view returns (address) {
        return address(GROTH16_VERIFIER);
    }

    function _known(bytes32 modelId) private view returns (Model storage model) {
        model = _models[modelId];
        if (!isRegistered(modelId)) revert ModelUnknown(modelId);
    }
}
