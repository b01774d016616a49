// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Statement, Result} from "../contracts/types/Result.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {EnclaveKey} from "../contracts/types/EnclaveKey.sol";
import {BatchFixture} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice When an enclave's signature counted, asked afterwards.
contract BatchSettlerEvidenceTest is BatchFixture {
    bytes32 private _modelId;
    address private _key;

    function setUp() public override {
        super.setUp();
        _modelId = modelFor[uint8(Evidence.TEE)];
        _key = vm.addr(enclaveKeyOf(NODE, _modelId));
    }

    function test_countedAt_fromAdmissionToExpiry() external {
        EnclaveKey memory key = enclaves.keyOf(_key);
        pass(10);
        assertCounted(key.admittedAt - 1, false, "before its admission");
        assertCounted(key.admittedAt, true, "at its admission");
        assertCounted(key.expiresAt - 1, true, "a second before its expiry");
        assertCounted(key.expiresAt, false, "at its expiry");
        assertCounted(0, false, "at no time");
        vm.assertFalse(enclaves.countedAt(_key, RIVAL, _modelId, key.admittedAt, key.admittedAt), "for another node");
        vm.assertFalse(
            enclaves.countedAt(_key, NODE, modelFor[0], key.admittedAt, key.admittedAt),
            "for another model"
        );
        vm.assertFalse(enclaves.countedAt(STRANGER, NODE, _modelId, key.admittedAt, key.admittedAt), "another key");
    }

    function test_countedAt_untilItsRevocation() external {
        pass(10);
        uint40 revokedAt = time();
        vm.prank(NODE);
        enclaves.revokeKey(_key);
        pass(10);
        assertCounted(revokedAt, true, "in that second");
        assertCounted(revokedAt + 1, false, "afterwards");
    }

    function test_countedAt_untilItsMeasurementWasRevoked() external {
        pass(10);
        uint40 revokedAt = time();
        revokeMeasurement(_modelId);
        pass(10);
        // Revoked again later: the first time counts.
        vm.prank(PUBLISHER);
        enclaves.allowMeasurement(_modelId, MEASUREMENT);
        revokeMeasurement(_modelId);
        assertCounted(revokedAt, true, "in that second");
        assertCounted(revokedAt + 1, false, "afterwards");
        assertCounted(time() + 1, false, "and for good");
    }

    function test_verifyAt_asVerifyDoes() external {
        Request memory request = requestOn(Evidence.TEE);
        Result memory result = resultOf(RIGHT);
        RequestId id = market.requestId(request);
        bytes32 digest = market.resultDigest(id, result);
        Statement memory statement = Statement(id, digest, _modelId, request.inputCommitment, result);
        bytes memory evidence = realEvidence(Evidence.TEE, request, result);
        vm.assertTrue(enclaves.verify(statement, evidence), "now");
        vm.assertTrue(enclaves.verifyAt(statement, evidence, time(), time()), "as of now");
        vm.assertFalse(enclaves.verifyAt(statement, evidence, START - 1, START - 1), "as of before");
        vm.assertFalse(enclaves.verifyAt(statement, "short", time(), time()), "no signature");
        statement.resultDigest = keccak256("another");
        vm.assertFalse(enclaves.verifyAt(statement, evidence, time(), time()), "of another result");
    }

    function assertCounted(uint40 at, bool expected, string memory label) private view {
        vm.assertEq(enclaves.countedAt(_key, NODE, _modelId, at, at), expected, label);
    }
}
