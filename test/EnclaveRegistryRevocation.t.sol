// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveRegistry} from "../contracts/EnclaveRegistry.sol";
import {IEnclaveRegistry} from "../contracts/interfaces/IEnclaveRegistry.sol";
import {Role} from "../contracts/types/Node.sol";
import {EnclaveRegistryFixture} from "./EnclaveRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";
import {newEnclaveRegistry} from "./support/Deployer.sol";

/// @dev What ends the life of a key, and what does not.
contract EnclaveRegistryRevocationTest is EnclaveRegistryFixture {
    address private _key;

    function setUp() public override {
        super.setUp();
        _key = admit(KEY);
        vm.warp(block.timestamp + 60);
    }

    /* TIME AND BINDING */

    function test_AKeyLivesUntilItsExpiry() external {
        uint40 expiresAt = enclaves.keyOf(_key).expiresAt;

        vm.warp(expiresAt - 1);
        assertLive(_key, true, "a second before");
        vm.warp(expiresAt);
        assertLive(_key, false, "at");
        vm.warp(expiresAt + 1);
        assertLive(_key, false, "a second after");
    }

    /// @dev The dates of a key have 32 bits. What does not fit must never make it live.
    function test_NoKeyIsLiveFrom2106On() external {
        uint256 last = type(uint32).max;
        vm.warp(last - 60);
        address key = vm.addr(OTHER_KEY);
        bytes32 admissionId = propose(NODE, modelId, OTHER_KEY, MEASUREMENT, uint40(last));
        judge(FIRST, admissionId, true);
        judge(SECOND, admissionId, true);
        assertLive(key, true, "the last one");
        vm.warp(last);
        assertLive(key, false, "expired");

        vm.warp(last - 60);
        assertLive(admit(0x103), false, "its expiry does not fit");
        vm.warp(last + 3_600);
        assertLive(admit(0x104), false, "nothing fits");
    }

    function test_AKeyIsOfOneNodeAndOneModel() external {
        allow(otherModelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);

        assertLive(_key, true, "its own");
        vm.assertFalse(enclaves.isLive(_key, OTHER_NODE, modelId), "other node");
        vm.assertFalse(enclaves.isLive(_key, NODE, otherModelId), "other model");
        vm.assertFalse(enclaves.isLive(vm.addr(OTHER_KEY), NODE, modelId), "other key");
        vm.assertFalse(enclaves.isLive(address(0), address(0), 0), "nothing");
    }

    function test_ARetiredNodesKeysAreDead() external {
        retire(NODE);
        assertLive(_key, false, "retired");
    }

    /* NODE AND OPERATOR */

    function test_NodeAndOperatorRevoke() external {
        address[2] memory parties = [NODE, OPERATOR];
        for (uint256 i = 0; i < parties.length; ++i) {
            address key = admit(0x100 + i);
            assertLive(key, true, "before");
            vm.expectEmit(address(enclaves));
            emit IEnclaveRegistry.EnclaveKeyRevoked(key);
            vm.prank(parties[i]);
            enclaves.revokeKey(key);
            assertLive(key, false, "revoked");
            vm.assertEq(enclaves.keyOf(key).revokedAt, block.timestamp, "time");
        }
        assertLive(_key, true, "another key of the node");
    }

    function test_RevertWhen_OthersRevoke() external {
        address[5] memory others = [STRANGER, OTHER_NODE, FIRST, PUBLISHER, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            expect(abi.encodeWithSelector(IEnclaveRegistry.RevocationForbidden.selector, _key, others[i]));
            vm.prank(others[i]);
            enclaves.revokeKey(_key);
        }
        assertLive(_key, true, "still");
    }

    function test_RevertWhen_TheKeyIsUnknown() external {
        address proposed = vm.addr(OTHER_KEY);
        propose(OTHER_KEY);
        bytes memory refusal = abi.encodeWithSelector(IEnclaveRegistry.EnclaveKeyUnknown.selector, proposed);

        expect(refusal);
        vm.prank(NODE);
        enclaves.revokeKey(proposed);
        expect(refusal);
        vm.prank(FIRST);
        enclaves.judgeRevocation(proposed);
    }

    function test_RevertWhen_TheKeyIsRevokedAlready() external {
        vm.prank(NODE);
        enclaves.revokeKey(_key);
        bytes memory refusal = abi.encodeWithSelector(IEnclaveRegistry.EnclaveKeyAlreadyRevoked.selector, _key);

        expect(refusal);
        vm.prank(NODE);
        enclaves.revokeKey(_key);
        expect(refusal);
        vm.prank(FIRST);
        enclaves.judgeRevocation(_key);
    }

    /* REGISTRARS */

    function test_AQuorumOfRegistrarsRevokes() external {
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.RevocationJudged(_key, FIRST);
        _judgeRevocation(FIRST);
        assertLive(_key, true, "one vote");
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.EnclaveKeyRevoked(_key);
        _judgeRevocation(THIRD);

        assertLive(_key, false, "a quorum");
        vm.assertEq(enclaves.keyOf(_key).revokedAt, block.timestamp, "time");
    }

    function test_VotesAreOfOneKey() external {
        address other = admit(OTHER_KEY);
        _judgeRevocation(FIRST);
        vm.prank(SECOND);
        enclaves.judgeRevocation(other);

        assertLive(_key, true, "the key");
        assertLive(other, true, "the other key");
    }

    function test_RevertWhen_AnOperatorVotesTwice() external {
        address second = makeAccount("first operator's second registrar");
        registerFor(FIRST, second, Role.VERIFICATION, MIN_STAKE);
        _judgeRevocation(FIRST);
        bytes memory refusal = abi.encodeWithSelector(IEnclaveRegistry.RegistrarVoted.selector, FIRST);

        expect(refusal);
        _judgeRevocation(FIRST);
        expect(refusal);
        _judgeRevocation(second);
    }

    function test_RevertWhen_TheRegistrarIsIneligible() external {
        retire(THIRD);
        address[4] memory ineligible = [STRANGER, NODE, OTHER_NODE, THIRD];
        for (uint256 i = 0; i < ineligible.length; ++i) {
            expect(abi.encodeWithSelector(IEnclaveRegistry.RegistrarIneligible.selector, ineligible[i]));
            _judgeRevocation(ineligible[i]);
        }
    }

    /* MEASUREMENT */

    function test_RevokingTheMeasurementKillsItsKeys() external {
        revoke(modelId, MEASUREMENT);
        assertLive(_key, false, "revoked");
    }

    function test_RevokingAnotherMeasurementDoesNot() external {
        bytes32 other = keccak256("other pcrs");
        allow(modelId, other);
        allow(otherModelId, MEASUREMENT);
        revoke(modelId, other);
        revoke(otherModelId, MEASUREMENT);

        assertLive(_key, true, "live");
    }

    function test_AllowingTheMeasurementAgainRevivesNoKey() external {
        revoke(modelId, MEASUREMENT);
        allow(modelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        address later = admit(OTHER_KEY);

        assertLive(later, true, "admitted after");
        assertLive(_key, false, "admitted before");
        revoke(modelId, MEASUREMENT);
        assertLive(later, false, "revoked again");
    }

    /// @dev Without a delay all can happen in the second of the admission.
    function test_AllowingTheMeasurementAgainInTheSameSecondRevivesNoKey() external {
        enclaves = newEnclaveRegistry(registry, models, QUORUM, MAX_KEY_LIFE, 0);
        allow(modelId, MEASUREMENT);
        address key = admit(OTHER_KEY);
        assertLive(key, true, "before");

        revoke(modelId, MEASUREMENT);
        allow(modelId, MEASUREMENT);
        assertLive(key, false, "same second");
        vm.warp(block.timestamp + 1);
        vm.assertTrue(enclaves.isMeasurementAllowed(modelId, MEASUREMENT), "allowed again");
        assertLive(key, false, "next second");
    }

    /* PAUSE */

    function test_APauseNeitherStopsRevocationsNorKillsKeys() external {
        address other = admit(OTHER_KEY);
        address third = admit(0x103);
        enclaves.pause();
        assertLive(_key, true, "paused");

        vm.prank(NODE);
        enclaves.revokeKey(_key);
        assertLive(_key, false, "by the node");
        vm.prank(FIRST);
        enclaves.judgeRevocation(other);
        vm.prank(SECOND);
        enclaves.judgeRevocation(other);
        assertLive(other, false, "by registrars");
        revoke(modelId, MEASUREMENT);
        assertLive(third, false, "by the publisher");
    }

    /* HELPERS */

    function _judgeRevocation(address registrar) private {
        vm.prank(registrar);
        enclaves.judgeRevocation(_key);
    }
}
