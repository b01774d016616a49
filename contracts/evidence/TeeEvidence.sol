// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Statement, resultsDigest} from "../types/Result.sol";

/// @title TeeEvidence
/// @notice Evidence is a 65-byte signature of the raw result digest by an enclave key that counts now for the result's node
/// and model; that of a batch is one signature of all its digests.
/// @dev The registry of the keys is this verifier: a result costs one call.
abstract contract TeeEvidence is IEvidenceVerifier {
    /// @inheritdoc IEvidenceVerifier
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        return _isSigned(statement.resultDigest, evidence, statement.modelId, statement.result.node);
    }

    /// @inheritdoc IEvidenceVerifier
    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool) {
        if (statements.length == 0 || evidence.length != 1) return false;
        address node = statements[0].result.node;
        bytes32 modelId = statements[0].modelId;
        bytes32[] memory digests = new bytes32[](statements.length);
        for (uint256 i = 0; i < digests.length; ++i) {
            Statement calldata statement = statements[i];
            if (statement.result.node != node || statement.modelId != modelId) return false;
            digests[i] = statement.resultDigest;
        }

        return _isSigned(resultsDigest(digests), evidence[0], modelId, node);
    }

    function _isSigned(
        bytes32 digest,
        bytes calldata signature,
        bytes32 modelId,
        address node
    ) private view returns (bool) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure != ECDSA.RecoverError.NoError) return false;

        return _counts(key, node, modelId);
    }

    /// @inheritdoc IEvidenceVerifier
    function isAvailable(bytes32 modelId) external view returns (bool) {
        return hasMeasurement(modelId);
    }

    function hasMeasurement(bytes32 modelId) public view virtual returns (bool);

    function _counts(address key, address node, bytes32 modelId) internal view virtual returns (bool);
}
