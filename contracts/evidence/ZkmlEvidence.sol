// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IZkmlEvidence} from "../interfaces/IZkmlEvidence.sol";
import {Statement} from "../types/Result.sol";
import {Proof} from "../types/VerifyingKey.sol";

/// @title ZkmlEvidence
/// @notice Evidence is abi.encode(Proof, output bytes): a Groth16 proof that the model's circuit maps the committed input to
/// the output, made for this result.
/// @dev The circuit's public signals: input commitment; the output in chunks of 31 bytes, each a big-endian integer; the
/// upper 248 bits of the result digest. Warning: an integer does not tell how many bytes it had, so the last chunk must be
/// written without leading zeros (a zero as one zero byte): else one proof would stand for several outputs.
contract ZkmlEvidence is IZkmlEvidence {
    /// @dev Bytes that fit a signal whatever their values.
    uint256 private constant CHUNK = 31;

    IModelRegistry private immutable MODELS;
    IGroth16Verifier private immutable GROTH16;

    constructor(IModelRegistry modelRegistry, IGroth16Verifier groth16Verifier) {
        MODELS = modelRegistry;
        GROTH16 = groth16Verifier;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        (Proof memory proof, bytes memory output) = abi.decode(evidence, (Proof, bytes));
        if (!_isStated(statement, output)) return false;
        bytes32 keyId = MODELS.verifyingKeyOf(statement.modelId);
        if (keyId == 0) return false;

        return GROTH16.verify(keyId, proof, _signals(statement, output));
    }

    /// @inheritdoc IZkmlEvidence
    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool) {
        if (statements.length == 0 || evidence.length != statements.length) return false;
        bytes32 modelId = statements[0].modelId;
        Proof[] memory proofs = new Proof[](statements.length);
        uint256[][] memory signals = new uint256[][](statements.length);
        for (uint256 i = 0; i < statements.length; ++i) {
            Statement calldata statement = statements[i];
            bytes memory output;
            (proofs[i], output) = abi.decode(evidence[i], (Proof, bytes));
            if (statement.modelId != modelId || !_isStated(statement, output)) return false;
            signals[i] = _signals(statement, output);
        }
        bytes32 keyId = MODELS.verifyingKeyOf(modelId);
        if (keyId == 0) return false;

        return GROTH16.verifyBatch(keyId, proofs, signals);
    }

    /// @inheritdoc IEvidenceVerifier
    function isAvailable(bytes32 modelId) external view returns (bool) {
        if (!MODELS.isRegistered(modelId)) return false;
        bytes32 keyId = MODELS.verifyingKeyOf(modelId);
        return keyId != 0 && GROTH16.isRegistered(keyId);
    }

    /// @dev Whether it is the statement's output, and canonical: not empty, and the last chunk has no leading zeros.
    function _isStated(Statement calldata statement, bytes memory output) private pure returns (bool) {
        if (keccak256(output) != statement.result.outputCommitment || output.length == 0) return false;
        uint256 last = ((output.length - 1) / CHUNK) * CHUNK;
        return output.length - last == 1 || output[last] != 0;
    }

    function _signals(
        Statement calldata statement,
        bytes memory output
    ) private pure returns (uint256[] memory signals) {
        uint256 chunks = (output.length + CHUNK - 1) / CHUNK;
        signals = new uint256[](chunks + 2);
        signals[0] = uint256(statement.inputCommitment);
        for (uint256 i = 0; i < output.length; ++i) {
            uint256 signal = 1 + i / CHUNK;
            signals[signal] = (signals[signal] << 8) | uint8(output[i]);
        }
        signals[chunks + 1] = uint256(statement.resultDigest) >> 8;
    }
}
