// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {ITeeEvidence} from "../interfaces/ITeeEvidence.sol";
import {Statement} from "../types/Result.sol";

/// @title TeeEvidence
/// @notice Evidence is a 65-byte signature of the raw result digest by an enclave key that counts now for the result's node
/// and model.
/// @dev The registry of the keys is this verifier: a result costs one call.
abstract contract TeeEvidence is ITeeEvidence {
    /// @inheritdoc IEvidenceVerifier
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(statement.resultDigest, evidence);
        if (failure != ECDSA.RecoverError.NoError) return false;

        return counts(key, statement.result.node, statement.modelId);
    }

    function verifyAt(
        Statement calldata statement,
        bytes calldata evidence,
        uint40 time,
        uint40 known
    ) public view virtual returns (bool) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(statement.resultDigest, evidence);
        if (failure != ECDSA.RecoverError.NoError) return false;

        return countedAt(key, statement.result.node, statement.modelId, time, known);
    }

    /// @inheritdoc ITeeEvidence
    function counts(address key, address node, bytes32 modelId) public view virtual returns (bool);

    function countedAt(
        address key,
        address node,
        bytes32 modelId,
        uint40 time,
        uint40 known
    ) public view virtual returns (bool);
}
