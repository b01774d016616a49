// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TeeEvidence} from "../../contracts/evidence/TeeEvidence.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, Statement} from "../../contracts/types/Result.sol";
import {EnclaveRegistryFixture} from "../EnclaveRegistryFixture.t.sol";
import {vm} from "../support/Vm.sol";

contract AnyKey is TeeEvidence {
    function isAvailable(bytes32) external pure returns (bool) {
        return true;
    }

    function countedAt(address, address, bytes32, uint40, uint40) public pure override returns (bool) {
        return true;
    }

    function counts(address, address, bytes32) public pure override returns (bool) {
        return true;
    }
}

contract TeeEvidenceTest is EnclaveRegistryFixture {
    uint256 private constant SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 private constant DIGEST = keccak256("result digest");

    address private _key;

    function setUp() public override {
        super.setUp();
        _key = admit(KEY);
        vm.warp(block.timestamp + 60);
    }

    function test_TheSignatureOfALiveKeyProves() external view {
        vm.assertTrue(enclaves.verify(_statement(), sign(KEY, DIGEST)), "live key");
    }

    function testFuzz_OnlyTheAdmittedKeyAndTheSignedDigest(uint256 key, bytes32 digest) external view {
        key = 1 + (key % (SECP256K1_ORDER - 1));
        vm.assume(key != KEY && digest != DIGEST);
        Statement memory statement = _statement();

        vm.assertFalse(enclaves.verify(statement, sign(key, DIGEST)), "other key");
        vm.assertFalse(enclaves.verify(statement, sign(KEY, digest)), "other digest signed");
        statement.resultDigest = digest;
        vm.assertFalse(enclaves.verify(statement, sign(KEY, DIGEST)), "other digest stated");
        vm.assertTrue(enclaves.verify(statement, sign(KEY, digest)), "any digest, if signed");
    }

    function test_TheKeyIsOfOneNodeAndOneModel() external {
        allow(otherModelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        bytes memory signature = sign(KEY, DIGEST);
        Statement memory statement = _statement();
        statement.result.node = OTHER_NODE;
        vm.assertFalse(enclaves.verify(statement, signature), "other node");
        statement = _statement();
        statement.modelId = otherModelId;
        vm.assertFalse(enclaves.verify(statement, signature), "other model");
    }

    function test_MalformedSignaturesProveNothing() external view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, DIGEST);
        bytes32 twin = bytes32(SECP256K1_ORDER - uint256(s));
        bytes32 compact = bytes32(uint256(s) | (uint256(v - 27) << 255));

        _refuse(abi.encodePacked(r, twin, v == 27 ? uint8(28) : uint8(27)), "high s");
        _refuse(abi.encodePacked(r, compact), "compact form");
        _refuse(abi.encodePacked(r, s, v - 27), "v of 0 or 1");
        _refuse(abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)), "other parity");
        _refuse(abi.encodePacked(r, s, v, uint8(0)), "66 bytes");
        _refuse("", "empty");
        _refuse(new bytes(65), "zero");
        _refuse(abi.encodePacked(new bytes(64), uint8(27)), "zero r and s");
        vm.assertTrue(enclaves.verify(_statement(), abi.encodePacked(r, s, v)), "the original");
    }

    function test_MalformedSignaturesProveNothingWhateverTheRegistrySays() external {
        AnyKey anyKey = new AnyKey();
        vm.assertTrue(anyKey.verify(_statement(), sign(OTHER_KEY, DIGEST)), "any key");

        vm.assertFalse(anyKey.verify(_statement(), new bytes(65)), "zero");
        vm.assertFalse(anyKey.verify(_statement(), new bytes(64)), "64 bytes");
    }

    /// @dev Whoever relies on a signature has the node's bond, which keeps it from retiring.
    function test_ASignatureProvesWhetherItsNodeIsActiveOrNot() external {
        retire(NODE);
        vm.assertFalse(enclaves.isLive(_key, NODE, modelId), "not live");
        vm.assertTrue(enclaves.verify(_statement(), sign(KEY, DIGEST)), "signed");
    }

    /// @dev Wallets prefix what they sign; enclaves do not.
    function test_APrefixedSignatureProvesNothing() external view {
        bytes32 prefixed = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", DIGEST));
        _refuse(sign(KEY, prefixed), "prefixed");
    }

    function test_AnExpiredKeyProvesNothing() external {
        uint40 expiresAt = enclaves.keyOf(_key).expiresAt;
        vm.warp(expiresAt - 1);
        vm.assertTrue(enclaves.verify(_statement(), sign(KEY, DIGEST)), "a second before");
        vm.warp(expiresAt);
        _refuse(sign(KEY, DIGEST), "expired");
    }

    function test_ARevokedKeyProvesNothing() external {
        vm.prank(NODE);
        enclaves.revokeKey(_key);
        _refuse(sign(KEY, DIGEST), "revoked");
    }

    function test_AKeyOfARevokedMeasurementProvesNothing() external {
        revoke(modelId, MEASUREMENT);
        _refuse(sign(KEY, DIGEST), "measurement revoked");
    }

    /// @dev A measurement takes the place of one that was revoked; keys of that one stay dead, also when it is back elsewhere.
    function test_AMeasurementInAnothersPlaceRevivesNoKey() external {
        bytes32 other = keccak256("other pcrs");
        revoke(modelId, MEASUREMENT);
        allow(modelId, other);
        allow(modelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        _refuse(sign(KEY, DIGEST), "revoked, then allowed again");

        bytes32 admissionId = propose(NODE, modelId, OTHER_KEY, other, uint40(block.timestamp) + 3_600);
        judge(FIRST, admissionId, true);
        judge(SECOND, admissionId, true);
        vm.assertTrue(enclaves.verify(_statement(), sign(OTHER_KEY, DIGEST)), "in its place");
        _refuse(sign(KEY, DIGEST), "before it");
        vm.warp(block.timestamp + 1);
        revoke(modelId, other);
        _refuse(sign(OTHER_KEY, DIGEST), "revoked as well");
    }

    /// @dev Each TEE result pays 2,100 gas for each of them.
    function test_ASignatureReadsTwoSlots() external {
        vm.record();
        enclaves.verify(_statement(), sign(KEY, DIGEST));
        vm.assertEq(slotsRead(address(enclaves)), 2, "dates of the key, revocations of the model's measurements");
        vm.assertEq(slotsRead(address(registry)), 0, "nothing of the node");
    }

    /// @dev How many different ones since `vm.record`.
    function slotsRead(address account) private returns (uint256 count) {
        (bytes32[] memory reads, ) = vm.accesses(account);
        for (uint256 i = 0; i < reads.length; ++i) {
            bool seen = false;
            for (uint256 j = 0; j < i; ++j) seen = seen || reads[j] == reads[i];
            if (!seen) ++count;
        }
    }

    function test_AvailableWhileAMeasurementCounts() external {
        vm.assertTrue(enclaves.isAvailable(modelId), "one measurement");
        vm.assertFalse(enclaves.isAvailable(otherModelId), "none");
        vm.assertFalse(enclaves.isAvailable(keccak256("unknown")), "unknown model");

        bytes32 other = keccak256("other pcrs");
        allow(modelId, other);
        vm.assertTrue(enclaves.isAvailable(modelId), "one counts, one is pending");
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        revoke(modelId, MEASUREMENT);
        vm.assertTrue(enclaves.isAvailable(modelId), "the other one");
        revoke(modelId, other);
        vm.assertFalse(enclaves.isAvailable(modelId), "all revoked");
    }

    /// @dev Nobody can admit a key with it yet: a publisher must not swap the node's enclave for one that nobody has, and have
    /// the node slashed for its silence.
    function test_NotAvailableWhileTheOnlyMeasurementIsPending() external {
        uint256 effectiveAt = block.timestamp + MEASUREMENT_DELAY;
        allow(modelId, keccak256("other pcrs"));
        allow(otherModelId, MEASUREMENT);
        revoke(modelId, MEASUREMENT);

        for (uint256 i = 0; i < 2; ++i) {
            bytes32 model = i == 0 ? modelId : otherModelId;
            vm.warp(effectiveAt - 1);
            vm.assertFalse(enclaves.isAvailable(model), "pending");
            vm.warp(effectiveAt);
            vm.assertTrue(enclaves.isAvailable(model), "counts");
        }
    }

    /// @dev Whatever its publisher allowed, the answer is there long before the gas that the market gives (Availability.sol).
    function test_AvailableIsCheapWithTheMostMeasurements() external {
        allowMany(otherModelId, 8);
        vm.cool(address(enclaves));
        uint256 gas = gasleft();
        bool available = enclaves.isAvailable(otherModelId);
        gas -= gasleft();
        vm.assertFalse(available, "all are pending");
        vm.assertLt(gas, 50_000, "gas");
    }

    function _refuse(bytes memory signature, string memory label) private view {
        vm.assertFalse(enclaves.verify(_statement(), signature), label);
    }

    function _statement() private view returns (Statement memory) {
        return
            Statement({
                id: RequestId.wrap(keccak256("request")),
                resultDigest: DIGEST,
                modelId: modelId,
                inputCommitment: keccak256("input"),
                result: Result({outputCommitment: keccak256("output"), units: 1, node: NODE})
            });
    }
}
