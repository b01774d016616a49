// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {ZkmlEvidence} from "../../contracts/evidence/ZkmlEvidence.sol";
import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IZkmlEvidence} from "../../contracts/interfaces/IZkmlEvidence.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, Statement} from "../../contracts/types/Result.sol";
import {Proof} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {vm} from "../support/Vm.sol";
import {newGroth16Verifier, newModelRegistry, newZkmlEvidence} from "../support/Deployer.sol";

/// @dev Keys with known secrets: whatever signals the contract computes, the tests can prove others.
contract ZkmlEvidenceTest {
    uint256 private constant ALPHA = 11;
    uint256 private constant C = 7;
    uint256 private constant LONG = 0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;

    Groth16Verifier private _groth16;
    ModelRegistry private _models;
    ZkmlEvidence private _evidence;
    /// @dev By number of output chunks.
    mapping(uint256 chunks => bytes32) private _modelIds;

    function setUp() external {
        _groth16 = newGroth16Verifier();
        _models = newModelRegistry(address(_groth16));
        _evidence = newZkmlEvidence(_models, _groth16);
        for (uint256 chunks = 1; chunks <= 3; ++chunks) {
            bytes32 keyId = _groth16.registerKey(Bn254Points.key(ALPHA, _weights(chunks)));
            _modelIds[chunks] = _register(NO_EVIDENCE.plus(Evidence.ZKML), keyId);
        }
    }

    /* SIGNALS */

    function test_AClassIsOneSignal() external view {
        for (uint256 class = 0; class < 256; ++class) {
            bytes memory output = abi.encodePacked(uint8(class));
            _accept(output, _list(class));
        }
    }

    function test_LongOutputsAreChunksOf31Bytes() external view {
        bytes31 full = hex"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        uint256 value = uint248(full);
        _accept(hex"0102", _list(0x0102));
        _accept(abi.encodePacked(full), _list(value));
        _accept(abi.encodePacked(full, hex"ff"), _list(value, 0xff));
        _accept(abi.encodePacked(full, hex"abcdef"), _list(value, 0xabcdef));
        _accept(abi.encodePacked(full, full), _list(value, value));
        _accept(abi.encodePacked(full, full, hex"07"), _list(value, value, 7));
        _accept(abi.encodePacked(bytes31(0), hex"00"), _list(0, 0));
        _accept(abi.encodePacked(bytes31(type(uint248).max), hex"00"), _list(type(uint248).max, 0));
    }

    /// @dev The circuit proves integers: 0x07 and 0x0007 are the same one, but not the same output to a consumer.
    function test_OutputsWithLeadingZerosProveNothing() external view {
        bytes31 full = bytes31(uint248(5));
        _refuse(hex"0007", _list(7));
        _refuse(hex"0000", _list(0));
        _refuse(abi.encodePacked(full), _list(5));
        _refuse(abi.encodePacked(full, hex"0007"), _list(5, 7));
        _refuse(abi.encodePacked(full, full), _list(5, 5));
    }

    function test_AnEmptyOutputProvesNothing() external view {
        _refuse("", _list(0));
    }

    function testFuzz_OnlyTheStatedSignalsProve(
        bytes32 input,
        uint8 class,
        bytes32 digest,
        uint256 other
    ) external view {
        Statement memory statement = _statement(1, abi.encodePacked(class));
        statement.inputCommitment = bytes32(uint256(input) % Bn254.SCALAR_FIELD);
        statement.resultDigest = digest;
        uint256[3] memory signals = [uint256(statement.inputCommitment), class, uint256(digest) >> 8];

        vm.assertTrue(_verify(statement, abi.encodePacked(class), _dynamic(signals)), "the statement");
        for (uint256 i = 0; i < 3; ++i) {
            uint256[3] memory wrong = signals;
            wrong[i] = other % Bn254.SCALAR_FIELD;
            if (wrong[i] == signals[i]) continue;
            vm.assertFalse(_verify(statement, abi.encodePacked(class), _dynamic(wrong)), "another statement");
        }
    }

    function test_AnOutputOtherThanTheCommittedProvesNothing() external view {
        Statement memory statement = _statement(1, hex"07");
        statement.result.outputCommitment = keccak256(hex"08");

        vm.assertFalse(_verify(statement, hex"07", _signals(statement, _list(7))), "proved output, other commitment");
        vm.assertFalse(_verify(statement, hex"08", _signals(statement, _list(7))), "committed output, other proof");
        vm.assertTrue(_verify(statement, hex"08", _signals(statement, _list(8))), "both");
    }

    function test_RevertWhen_TheOutputHasAnotherNumberOfChunks() external {
        bytes memory output = new bytes(32);
        Statement memory statement = _statement(1, output);
        bytes memory evidence = _encode(output, _signals(statement, _list(0)));

        vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.SignalCountMismatch.selector, 4, 3));
        _evidence.verify(statement, evidence);
    }

    function test_RevertWhen_TheInputCommitmentIsAliased() external {
        Statement memory statement = _statement(1, hex"07");
        statement.inputCommitment = bytes32(uint256(statement.inputCommitment) + Bn254.SCALAR_FIELD);
        bytes memory evidence = _encode(hex"07", _signals(statement, _list(7)));

        vm.expectPartialRevert(IGroth16Verifier.SignalAliased.selector);
        _evidence.verify(statement, evidence);
    }

    function test_EvidenceThatIsNotEncodedAsItShouldBe() external view {
        Statement memory statement = _statement(1, hex"07");
        bytes memory whole = _encode(hex"07", _signals(statement, _list(7)));
        vm.assertTrue(_evidence.verify(statement, whole), "whole");
        for (uint256 length = 0; length <= 0x140; length += 8) {
            bytes memory cut = abi.encodePacked(whole);
            assembly ("memory-safe") {
                mstore(cut, length) // at 0x140 the output's only byte is missing
            }
            vm.assertFalse(_evidence.verify(statement, cut), "cut short");
        }
        bytes memory long = abi.encodePacked(whole);
        long[0x120] = 0x01;
        vm.assertFalse(_evidence.verify(statement, long), "an output of 2^248 bytes");
        bytes memory elsewhere = bytes.concat(whole, abi.encode(1, bytes32(hex"07")));
        (elsewhere[0x11e], elsewhere[0x11f]) = (0x01, 0x60);
        vm.assertFalse(_evidence.verify(statement, elsewhere), "the output is somewhere else");
    }

    /* BATCHES */

    function test_ABatchIsProvedByAProofForEachStatement() external view {
        for (uint256 count = 1; count <= 16; count *= 4) {
            (Statement[] memory statements, bytes[] memory evidence) = _batch(count);
            vm.assertTrue(_evidence.verifyBatch(statements, evidence), "proved");
            evidence[count - 1] = _encode(hex"07", _signals(statements[count - 1], _list(8)));
            vm.assertFalse(_evidence.verifyBatch(statements, evidence), "one is not");
        }
    }

    function test_TheProofOfAnotherStatementOfTheBatchProvesNothing() external view {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(3);
        (evidence[0], evidence[2]) = (evidence[2], evidence[0]);
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "swapped evidence");
        (statements[0], statements[2]) = (statements[2], statements[0]);
        vm.assertTrue(_evidence.verifyBatch(statements, evidence), "with its statements");
        evidence[1] = evidence[0];
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "one proof for two");
    }

    function test_ABatchIsOfOneModel() external {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(3);
        bytes32 keyId = _models.verifyingKeyOf(_modelIds[1]);
        bytes32 twin = _register(NO_EVIDENCE.plus(Evidence.ZKML).plus(Evidence.TEE), keyId);
        for (uint256 i = 0; i < 3; ++i) {
            statements[i].modelId = twin;
            bool isOne = i == 2;
            vm.assertEq(_evidence.verifyBatch(statements, evidence), isOne, "models of one key");
        }
    }

    function test_OutputsInABatchAreTheCommittedAndCanonical() external view {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(2);
        statements[1].result.outputCommitment = keccak256(hex"08");
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "other commitment");
        statements[1] = _statement(1, hex"0007");
        evidence[1] = _encode(hex"0007", _signals(statements[1], _list(7)));
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "leading zero");
        statements[1] = _statement(1, "");
        evidence[1] = _encode("", _signals(statements[1], _list(0)));
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "empty output");
    }

    function test_ABatchHasAPieceForEachStatement() external view {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(3);
        (Statement[] memory fewer, bytes[] memory fewerPieces) = _batch(2);
        vm.assertFalse(_evidence.verifyBatch(statements, fewerPieces), "one missing");
        vm.assertFalse(_evidence.verifyBatch(fewer, evidence), "one more");
        vm.assertFalse(_evidence.verifyBatch(new Statement[](0), new bytes[](0)), "an empty batch");
    }

    function test_ABatchWithAPieceThatIsNotEncodedAsItShouldBe() external view {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(3);
        evidence[1] = hex"07";
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "a piece of one byte");
    }

    function test_ABatchOfAModelWithoutACircuitIsNotProved() external {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(1);
        statements[0].modelId = _register(NO_EVIDENCE.plus(Evidence.TEE), 0);
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "no circuit");

        statements[0].modelId = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, statements[0].modelId));
        _evidence.verifyBatch(statements, evidence);
    }

    /* MODELS */

    function test_AModelWithoutACircuitProvesNothing() external {
        bytes32 modelId = _register(NO_EVIDENCE.plus(Evidence.TEE), 0);
        Statement memory statement = _statement(1, hex"07");
        statement.modelId = modelId;

        vm.assertFalse(_verify(statement, hex"07", _signals(statement, _list(7))), "proved");
        vm.assertFalse(_evidence.isAvailable(modelId), "available");
    }

    function test_TheProofOfAnotherModelProvesNothing() external {
        uint256[] memory weights = _weights(1);
        weights[2] += 1;
        bytes32 keyId = _groth16.registerKey(Bn254Points.key(ALPHA, weights));
        Statement memory statement = _statement(1, hex"07");
        statement.modelId = _register(NO_EVIDENCE.plus(Evidence.ZKML), keyId);

        vm.assertFalse(_verify(statement, hex"07", _signals(statement, _list(7))), "proved under another key");
    }

    function test_RevertWhen_TheModelIsUnknown() external {
        Statement memory statement = _statement(1, hex"07");
        bytes memory evidence = _encode(hex"07", _signals(statement, _list(7)));
        statement.modelId = keccak256("unknown");

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, statement.modelId));
        _evidence.verify(statement, evidence);
    }

    function test_AvailableForModelsWithARegisteredKey() external {
        vm.assertTrue(_evidence.isAvailable(_modelIds[1]), "registered");
        vm.assertFalse(_evidence.isAvailable(keccak256("unknown")), "unknown");
        ZkmlEvidence other = newZkmlEvidence(_models, newGroth16Verifier());
        vm.assertFalse(other.isAvailable(_modelIds[1]), "a verifier without the key");
    }

    /* BOUND KEYS */

    /// @dev Bound or not, a model's proofs are judged alike.
    function test_AModelsKeyIsBound() external {
        (Statement[] memory statements, bytes[] memory evidence) = _batch(3);
        vm.expectEmit(address(_evidence));
        emit IZkmlEvidence.VerifyingKeyBound(_modelIds[1], _models.verifyingKeyOf(_modelIds[1]));
        _evidence.bindKey(_modelIds[1]);

        vm.assertTrue(_evidence.isAvailable(_modelIds[1]), "available");
        vm.assertTrue(_evidence.verify(statements[0], evidence[0]), "one");
        vm.assertTrue(_evidence.verifyBatch(statements, evidence), "many");
        (evidence[0], evidence[1]) = (evidence[1], evidence[0]);
        vm.assertFalse(_evidence.verify(statements[0], evidence[0]), "another's proof");
        vm.assertFalse(_evidence.verifyBatch(statements, evidence), "of others");
        _accept(hex"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", _list(LONG, 0x20));
    }

    function test_RevertWhen_AKeyCannotBeBound() external {
        _evidence.bindKey(_modelIds[1]);
        vm.expectRevert(abi.encodeWithSelector(IZkmlEvidence.KeyBound.selector, _modelIds[1]));
        _evidence.bindKey(_modelIds[1]);

        bytes32 modelId = _register(NO_EVIDENCE.plus(Evidence.TEE), 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, modelId, Evidence.ZKML));
        _evidence.bindKey(modelId);

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, keccak256("unknown")));
        _evidence.bindKey(keccak256("unknown"));

        ZkmlEvidence other = newZkmlEvidence(_models, newGroth16Verifier());
        bytes32 keyId = _models.verifyingKeyOf(_modelIds[1]);
        vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.KeyUnknown.selector, keyId));
        other.bindKey(_modelIds[1]);
    }

    /* HELPERS */

    function _accept(bytes memory output, uint256[] memory chunks) private view {
        Statement memory statement = _statement(chunks.length, output);
        vm.assertTrue(_verify(statement, output, _signals(statement, chunks)), "accepted output");
    }

    function _refuse(bytes memory output, uint256[] memory chunks) private view {
        Statement memory statement = _statement(chunks.length, output);
        vm.assertFalse(_verify(statement, output, _signals(statement, chunks)), "refused output");
    }

    /// @dev Of different requests, results and outputs, all proved.
    function _batch(uint256 count) private view returns (Statement[] memory statements, bytes[] memory evidence) {
        statements = new Statement[](count);
        evidence = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes memory output = abi.encodePacked(uint8(i));
            statements[i] = _statement(1, output);
            statements[i].resultDigest = keccak256(abi.encode("result digest", i));
            evidence[i] = _encode(output, _signals(statements[i], _list(i)));
        }
    }

    /// @dev With a proof of `signals`, whatever the statement says.
    function _verify(
        Statement memory statement,
        bytes memory output,
        uint256[] memory signals
    ) private view returns (bool) {
        return _evidence.verify(statement, _encode(output, signals));
    }

    function _encode(bytes memory output, uint256[] memory signals) private view returns (bytes memory) {
        uint256 a = Bn254Points.logarithmOfA(ALPHA, _weights(signals.length - 2), signals, C);
        Proof memory proof = Bn254Points.proof(a, C);
        uint256[8] memory words;
        (words[0], words[1]) = (proof.a[0], proof.a[1]);
        for (uint256 i = 0; i < 4; ++i) words[2 + i] = proof.b[i];
        (words[6], words[7]) = (proof.c[0], proof.c[1]);
        return abi.encode(words, output);
    }

    function _statement(uint256 chunks, bytes memory output) private view returns (Statement memory) {
        return
            Statement({
                id: RequestId.wrap(keccak256("request")),
                resultDigest: keccak256("result digest"),
                modelId: _modelIds[chunks],
                inputCommitment: bytes32(uint256(42)),
                result: Result({outputCommitment: keccak256(output), units: 1, node: address(1)})
            });
    }

    function _signals(
        Statement memory statement,
        uint256[] memory chunks
    ) private pure returns (uint256[] memory signals) {
        signals = new uint256[](chunks.length + 2);
        signals[0] = uint256(statement.inputCommitment);
        for (uint256 i = 0; i < chunks.length; ++i) signals[1 + i] = chunks[i];
        signals[chunks.length + 1] = uint256(statement.resultDigest >> 8);
    }

    function _weights(uint256 chunks) private pure returns (uint256[] memory weights) {
        weights = new uint256[](chunks + 3);
        for (uint256 i = 0; i < weights.length; ++i) weights[i] = 3 + 2 * i;
    }

    function _register(EvidenceSet paths, bytes32 keyId) private returns (bytes32) {
        Model memory model;
        model.publisher = address(this);
        model.paths = paths;
        model.bond = 1;
        model.unitsPerInference = 1;
        model.verifyingKeyId = keyId;
        return _models.registerModel(model);
    }

    function _dynamic(uint256[3] memory values) private pure returns (uint256[] memory) {
        return _list(values[0], values[1], values[2]);
    }

    function _list(uint256 first) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = first;
    }

    function _list(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }

    function _list(uint256 first, uint256 second, uint256 third) private pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (first, second, third);
    }
}
