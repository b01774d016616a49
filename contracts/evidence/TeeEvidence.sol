// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Statement} from "../types/Result.sol";

/// @title TeeEvidence
/// @notice Evidence is a 65-byte signature of the raw result digest by an enclave key, live now for the result's node and
/// model.
/// @dev The digest commits to the node, so the signature of one node's enclave never pays another.
contract TeeEvidence is IEvidenceVerifier {
    /// @notice Whose admitted keys count.
    IEnclaveRegistry public immutable enclaveRegistry;

    constructor(IEnclaveRegistry enclaveRegistry_) {
        enclaveRegistry = enclaveRegistry_;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(statement.resultDigest, evidence);
        if (failure != ECDSA.RecoverError.NoError) return false;

        return enclaveRegistry.isLive(key, statement.result.node, statement.modelId);
    }

    /// @inheritdoc IEvidenceVerifier
    function isAvailable(bytes32 modelId) external view returns (bool) {
        return enclaveRegistry.hasMeasurement(modelId);
    }
}
