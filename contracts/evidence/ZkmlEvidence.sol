// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IZkmlEvidence} from "../interfaces/IZkmlEvidence.sol";
import {Groth16, ProofBatch} from "../libraries/Groth16.sol";
import {Evidence} from "../types/Evidence.sol";
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

    /// @dev Of evidence: the proof, then where the output is.
    uint256 private constant PROOF_BYTES = 0x100;
    uint256 private constant HEAD_BYTES = 0x120;

    IModelRegistry private immutable MODELS;
    IGroth16Verifier private immutable GROTH16;

    /// @dev Of models whose key was bound: verification then asks no other contract.
    mapping(bytes32 modelId => address pointer) private _pointers;

    constructor(IModelRegistry modelRegistry, IGroth16Verifier groth16Verifier) {
        MODELS = modelRegistry;
        GROTH16 = groth16Verifier;
    }

    /// @inheritdoc IZkmlEvidence
    function bindKey(bytes32 modelId) external {
        if (_pointers[modelId] != address(0)) revert KeyBound(modelId);
        bytes32 keyId = MODELS.verifyingKeyOf(modelId);
        if (keyId == 0) revert IModelRegistry.PathUnavailable(modelId, Evidence.ZKML);

        _pointers[modelId] = GROTH16.pointerOf(keyId);
        emit VerifyingKeyBound(modelId, keyId);
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        (Proof calldata proof, bytes calldata output, bool isWhole) = _partsOf(evidence);
        if (!isWhole || !_isStated(statement, output)) return false;
        address pointer = _pointerOf(statement.modelId);
        if (pointer == address(0)) return false;

        return Groth16.verify(pointer, proof, _signals(statement, output));
    }

    /// @inheritdoc IZkmlEvidence
    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool) {
        if (statements.length == 0 || evidence.length != statements.length) return false;
        bytes32 modelId = statements[0].modelId;
        address pointer = _pointerOf(modelId);
        if (pointer == address(0)) return false;

        ProofBatch memory batch = Groth16.open(pointer, statements.length, keccak256(msg.data));
        for (uint256 i = 0; i < statements.length; ++i) {
            Statement calldata statement = statements[i];
            (Proof calldata proof, bytes calldata output, bool isWhole) = _partsOf(evidence[i]);
            if (!isWhole || statement.modelId != modelId || !_isStated(statement, output)) return false;
            if (!Groth16.add(batch, proof, _signals(statement, output))) return false;
        }
        return Groth16.holds(batch);
    }

    /// @inheritdoc IEvidenceVerifier
    function isAvailable(bytes32 modelId) external view returns (bool) {
        if (_pointers[modelId] != address(0)) return true;
        if (!MODELS.isRegistered(modelId)) return false;
        bytes32 keyId = MODELS.verifyingKeyOf(modelId);
        return keyId != 0 && GROTH16.isRegistered(keyId);
    }

    /// @dev Where the model's key is; zero if it has none.
    function _pointerOf(bytes32 modelId) private view returns (address pointer) {
        pointer = _pointers[modelId];
        if (pointer != address(0)) return pointer;
        bytes32 keyId = MODELS.verifyingKeyOf(modelId);
        if (keyId != 0) pointer = GROTH16.pointerOf(keyId);
    }

    /// @dev Proof and output in place, if the evidence is encoded as abi.encode does it.
    function _partsOf(
        bytes calldata evidence
    ) private pure returns (Proof calldata proof, bytes calldata output, bool isWhole) {
        assembly ("memory-safe") {
            proof := evidence.offset
        }
        output = evidence[:0];
        if (evidence.length < HEAD_BYTES + 0x20) return (proof, output, false);
        uint256 offset = uint256(bytes32(evidence[PROOF_BYTES:HEAD_BYTES]));
        uint256 length = uint256(bytes32(evidence[HEAD_BYTES:HEAD_BYTES + 0x20]));
        isWhole = offset == HEAD_BYTES && length <= evidence.length - (HEAD_BYTES + 0x20);
        if (isWhole) output = evidence[HEAD_BYTES + 0x20:HEAD_BYTES + 0x20 + length];
    }

    /// @dev Whether it is the statement's output, and canonical: not empty, and the last chunk has no leading zeros.
    function _isStated(Statement calldata statement, bytes calldata output) private pure returns (bool) {
        if (keccak256(output) != statement.result.outputCommitment || output.length == 0) return false;
        uint256 last = ((output.length - 1) / CHUNK) * CHUNK;
        return output.length - last == 1 || output[last] != 0;
    }

    function _signals(
        Statement calldata statement,
        bytes calldata output
    ) private pure returns (uint256[] memory signals) {
        uint256 chunks = (output.length + CHUNK - 1) / CHUNK;
        signals = new uint256[](chunks + 2);
        signals[0] = uint256(statement.inputCommitment);
        for (uint256 i = 0; i < chunks; ++i) {
            uint256 start = i * CHUNK;
            uint256 end = start + CHUNK < output.length ? start + CHUNK : output.length;
            signals[1 + i] = uint256(bytes32(output[start:end])) >> (8 * (32 - (end - start)));
        }
        signals[chunks + 1] = uint256(statement.resultDigest) >> 8;
    }
}
