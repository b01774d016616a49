// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {EnclaveRegistry} from "../contracts/EnclaveRegistry.sol";
import {IEnclaveRegistry} from "../contracts/interfaces/IEnclaveRegistry.sol";
import {IModelRegistry} from "../contracts/interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Admission} from "../contracts/types/EnclaveKey.sol";
import {EnclaveRegistryFixture} from "./EnclaveRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";
import {newEnclaveRegistry} from "./support/Deployer.sol";

/// @dev Measurements and proposals. Votes and liveness: EnclaveRegistryAdmission.t.sol, EnclaveRegistryRevocation.t.sol.
contract EnclaveRegistryTest is EnclaveRegistryFixture {
    bytes32 private constant NEW_MEASUREMENT = keccak256("new pcrs");

    /* DEPLOYMENT */

    function test_ParametersAreFixed() external view {
        vm.assertEq(enclaves.quorum(), QUORUM, "quorum");
        vm.assertEq(enclaves.maxKeyLife(), MAX_KEY_LIFE, "key life");
        vm.assertEq(enclaves.measurementDelay(), MEASUREMENT_DELAY, "delay");
    }

    function test_RevertWhen_QuorumIsZero() external {
        vm.expectRevert(IEnclaveRegistry.QuorumZero.selector);
        newEnclaveRegistry(registry, models, 0, MAX_KEY_LIFE, MEASUREMENT_DELAY);
    }

    function test_RevertWhen_KeyLifeIsInvalid() external {
        uint40[2] memory lives = [uint40(0), 24 hours + 1];
        for (uint256 i = 0; i < lives.length; ++i) {
            expect(abi.encodeWithSelector(IEnclaveRegistry.KeyLifeInvalid.selector, lives[i], 24 hours));
            newEnclaveRegistry(registry, models, QUORUM, lives[i], MEASUREMENT_DELAY);
        }
    }

    /* MEASUREMENTS */

    function test_AMeasurementCountsAfterItsDelay() external {
        uint40 effectiveAt = uint40(block.timestamp) + MEASUREMENT_DELAY;
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.MeasurementAllowed(modelId, NEW_MEASUREMENT, effectiveAt);
        allow(modelId, NEW_MEASUREMENT);

        vm.warp(effectiveAt - 1);
        vm.assertFalse(enclaves.isMeasurementAllowed(modelId, NEW_MEASUREMENT), "before");
        vm.warp(effectiveAt);
        vm.assertTrue(enclaves.isMeasurementAllowed(modelId, NEW_MEASUREMENT), "from");
        vm.assertFalse(enclaves.isMeasurementAllowed(otherModelId, NEW_MEASUREMENT), "other model");
    }

    function test_ARevocationCountsAtOnce() external {
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.MeasurementRevoked(modelId, MEASUREMENT);
        revoke(modelId, MEASUREMENT);

        vm.assertFalse(enclaves.isMeasurementAllowed(modelId, MEASUREMENT), "allowed");
        vm.assertFalse(enclaves.isAvailable(modelId), "none is left");
    }

    function test_APendingMeasurementCanBeRevoked() external {
        allow(modelId, NEW_MEASUREMENT);
        revoke(modelId, NEW_MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);

        vm.assertFalse(enclaves.isMeasurementAllowed(modelId, NEW_MEASUREMENT), "allowed");
        vm.assertTrue(enclaves.isAvailable(modelId), "the first is left");
    }

    function test_ARevokedMeasurementCanBeAllowedAgainAfterTheDelay() external {
        revoke(modelId, MEASUREMENT);
        allow(modelId, MEASUREMENT);

        vm.assertFalse(enclaves.isMeasurementAllowed(modelId, MEASUREMENT), "at once");
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        vm.assertTrue(enclaves.isMeasurementAllowed(modelId, MEASUREMENT), "after the delay");
    }

    /// @dev Each of eight measurements alone is enough, wherever the others left it.
    function test_AnyMeasurementThatCountsIsFound() external {
        for (uint256 kept = 0; kept < 8; ++kept) {
            uint256 snapshot = vm.snapshotState();
            allowMany(otherModelId, 8);
            vm.warp(block.timestamp + MEASUREMENT_DELAY);
            for (uint256 i = 0; i < 8; ++i) if (i != kept) revoke(otherModelId, numbered(i));
            vm.assertTrue(enclaves.isAvailable(otherModelId), "one is left");
            revoke(otherModelId, numbered(kept));
            vm.assertFalse(enclaves.isAvailable(otherModelId), "none is left");
            vm.revertToState(snapshot);
        }
    }

    function test_RevertWhen_TheModelHasTheMostMeasurements() external {
        allowMany(otherModelId, 8);
        expect(abi.encodeWithSelector(IEnclaveRegistry.MeasurementsTooMany.selector, otherModelId, 8));
        allow(otherModelId, NEW_MEASUREMENT);
        allow(modelId, NEW_MEASUREMENT);

        revoke(otherModelId, numbered(3));
        allow(otherModelId, NEW_MEASUREMENT);
    }

    function test_RevertWhen_AStrangerManagesMeasurements() external {
        bytes memory refusal = abi.encodeWithSelector(
            IModelRegistry.ModelPublisherMismatch.selector,
            PUBLISHER,
            STRANGER
        );

        expect(refusal);
        vm.prank(STRANGER);
        enclaves.allowMeasurement(modelId, NEW_MEASUREMENT);
        expect(refusal);
        vm.prank(STRANGER);
        enclaves.revokeMeasurement(modelId, MEASUREMENT);
    }

    function test_RevertWhen_ModelIsUnknown() external {
        bytes32 unknown = keccak256("unknown");

        expect(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, unknown));
        allow(unknown, MEASUREMENT);
    }

    function test_RevertWhen_MeasurementIsZero() external {
        vm.expectRevert(IEnclaveRegistry.MeasurementZero.selector);
        allow(modelId, 0);
    }

    /// @dev keccak256 of 144 zero bytes.
    function test_RevertWhen_MeasurementIsOfADebugEnclave() external {
        bytes32 debug = keccak256(abi.encodePacked(new bytes(48), new bytes(48), new bytes(48)));

        vm.expectRevert(IEnclaveRegistry.MeasurementDebug.selector);
        allow(modelId, debug);
    }

    function test_RevertWhen_MeasurementIsAllowedAlready() external {
        expect(abi.encodeWithSelector(IEnclaveRegistry.MeasurementAlreadyAllowed.selector, modelId, MEASUREMENT));
        allow(modelId, MEASUREMENT);
    }

    function test_RevertWhen_ARevokedMeasurementWasNotAllowed() external {
        bytes memory refusal = abi.encodeWithSelector(
            IEnclaveRegistry.MeasurementNotAllowed.selector,
            modelId,
            NEW_MEASUREMENT
        );
        expect(refusal);
        revoke(modelId, NEW_MEASUREMENT);

        allow(modelId, NEW_MEASUREMENT);
        revoke(modelId, NEW_MEASUREMENT);
        expect(refusal);
        revoke(modelId, NEW_MEASUREMENT);
    }

    /* PROPOSALS */

    function test_AProposalIsRecorded() external {
        address key = vm.addr(KEY);
        uint40 expiresAt = latestExpiry();
        bytes32 challenge = enclaves.challengeOf(NODE);
        bytes32 id = keccak256(abi.encode(challenge, modelId, key, MEASUREMENT, expiresAt, keccak256(DOCUMENT)));

        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.DocumentProposed(
            id,
            NODE,
            modelId,
            key,
            MEASUREMENT,
            expiresAt,
            challenge,
            keccak256(DOCUMENT)
        );
        vm.assertEq(propose(KEY), id, "id");

        Admission memory admission = enclaves.admissionOf(id);
        vm.assertEq(admission.node, NODE, "node");
        vm.assertEq(admission.key, key, "key");
        vm.assertEq(admission.modelId, modelId, "model");
        vm.assertEq(admission.measurement, MEASUREMENT, "measurement");
        vm.assertEq(admission.documentHash, keccak256(DOCUMENT), "document");
        vm.assertEq(admission.expiresAt, expiresAt, "expiry");
        vm.assertEq(admission.proposedAt, block.timestamp, "time");
        vm.assertEq(uint256(admission.approvals) + admission.refusals, 0, "votes");
        vm.assertFalse(admission.closed, "closed");
        assertLive(key, false, "live before any verdict");
    }

    function test_ChallengeAndPossessionBindChainRegistryAndNode() external view {
        vm.assertEq(enclaves.challengeOf(NODE), keccak256(abi.encode(31_337, address(enclaves), NODE, 0)), "challenge");
        vm.assertEq(
            enclaves.possessionDigest(NODE, modelId, vm.addr(KEY)),
            keccak256(abi.encode(31_337, address(enclaves), NODE, modelId, vm.addr(KEY))),
            "possession"
        );
    }

    function test_EachProposalConsumesTheChallenge() external {
        bytes32 before = enclaves.challengeOf(NODE);
        bytes32 others = enclaves.challengeOf(OTHER_NODE);
        bytes32 first = propose(KEY);
        bytes32 next = enclaves.challengeOf(NODE);
        bytes32 second = propose(KEY);

        vm.assertNotEq(before, next, "challenge");
        vm.assertNotEq(next, enclaves.challengeOf(NODE), "next challenge");
        vm.assertNotEq(first, second, "ids of equal proposals");
        vm.assertEq(enclaves.challengeOf(OTHER_NODE), others, "another node's challenge");
    }

    function test_RevertWhen_ProposerIsNoActiveInferenceNode() external {
        address[2] memory proposers = [STRANGER, FIRST];
        for (uint256 i = 0; i < proposers.length; ++i) _refuse(proposers[i], _inactive(proposers[i]));
        retire(NODE);
        _refuse(NODE, _inactive(NODE));
    }

    function test_RevertWhen_KeyIsZero() external {
        vm.expectRevert(IEnclaveRegistry.EnclaveKeyZero.selector);
        vm.prank(NODE);
        enclaves.proposeDocument(modelId, address(0), MEASUREMENT, latestExpiry(), DOCUMENT, "");
    }

    function test_RevertWhen_KeyWasAdmittedBefore() external {
        address key = admit(KEY);
        bytes memory refusal = abi.encodeWithSelector(IEnclaveRegistry.EnclaveKeyUsed.selector, key);
        _refuse(NODE, refusal);
        _refuse(OTHER_NODE, refusal);

        vm.prank(NODE);
        enclaves.revokeKey(key);
        _refuse(NODE, refusal);
        vm.warp(block.timestamp + MAX_KEY_LIFE);
        _refuse(NODE, refusal);
    }

    function test_RevertWhen_MeasurementDoesNotCount() external {
        allow(modelId, NEW_MEASUREMENT);
        _refuseMeasurement(modelId, NEW_MEASUREMENT);
        _refuseMeasurement(otherModelId, MEASUREMENT);
        revoke(modelId, MEASUREMENT);
        _refuseMeasurement(modelId, MEASUREMENT);
    }

    function test_RevertWhen_ExpiryIsOutOfRange() external {
        uint40 time = uint40(block.timestamp);
        uint40[3] memory bad = [time - 1, time, latestExpiry() + 1];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory possession = possess(NODE, modelId, KEY);
            expect(abi.encodeWithSelector(IEnclaveRegistry.EnclaveExpiryInvalid.selector, bad[i], latestExpiry()));
            vm.prank(NODE);
            enclaves.proposeDocument(modelId, vm.addr(KEY), MEASUREMENT, bad[i], DOCUMENT, possession);
        }
        vm.assertNotEq(propose(NODE, modelId, KEY, MEASUREMENT, time + 1), 0, "earliest");
    }

    function test_RevertWhen_DocumentIsEmpty() external {
        bytes memory possession = possess(NODE, modelId, KEY);

        vm.expectRevert(IEnclaveRegistry.DocumentEmpty.selector);
        vm.prank(NODE);
        enclaves.proposeDocument(modelId, vm.addr(KEY), MEASUREMENT, latestExpiry(), "", possession);
    }

    function test_RevertWhen_PossessionIsNotProved() external {
        _refusePossession(possess(NODE, modelId, OTHER_KEY), true);
        _refusePossession(possess(OTHER_NODE, modelId, KEY), true);
        _refusePossession(possess(NODE, otherModelId, KEY), true);
        _refusePossession("", false);
        _refusePossession(new bytes(65), false);
    }

    function test_RevertWhen_PossessionIsTheHighSTwin() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, enclaves.possessionDigest(NODE, modelId, vm.addr(KEY)));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

        _refusePossession(abi.encodePacked(r, order - uint256(s), v == 27 ? 28 : 27), false);
    }

    /* PAUSE */

    function test_RevertWhen_PausedAndSomethingIsAdmitted() external {
        bytes32 admissionId = propose(KEY);
        enclaves.pause();
        bytes memory refusal = abi.encodeWithSelector(Pausable.EnforcedPause.selector);

        _refuse(NODE, refusal);
        expect(refusal);
        allow(modelId, NEW_MEASUREMENT);
        expect(refusal);
        judge(FIRST, admissionId, true);
        enclaves.unpause();
        judge(FIRST, admissionId, true);
    }

    function test_RevertWhen_AStrangerPauses() external {
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        enclaves.pause();
    }

    /* HELPERS */

    function _inactive(address node) private pure returns (bytes memory) {
        return abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, node);
    }

    function _refuse(address node, bytes memory refusal) private {
        bytes memory possession = possess(node, modelId, KEY);
        expect(refusal);
        vm.prank(node);
        enclaves.proposeDocument(modelId, vm.addr(KEY), MEASUREMENT, latestExpiry(), DOCUMENT, possession);
    }

    function _refuseMeasurement(bytes32 model, bytes32 measurement) private {
        bytes memory possession = possess(NODE, model, KEY);
        expect(abi.encodeWithSelector(IEnclaveRegistry.MeasurementNotAllowed.selector, model, measurement));
        vm.prank(NODE);
        enclaves.proposeDocument(model, vm.addr(KEY), measurement, latestExpiry(), DOCUMENT, possession);
    }

    /// @param recovers Whether the bytes are a signature at all, of whatever.
    function _refusePossession(bytes memory possession, bool recovers) private {
        if (recovers) vm.expectPartialRevert(IEnclaveRegistry.PossessionUnproved.selector);
        else expect(abi.encodeWithSelector(IEnclaveRegistry.PossessionUnproved.selector, vm.addr(KEY), address(0)));
        vm.prank(NODE);
        enclaves.proposeDocument(modelId, vm.addr(KEY), MEASUREMENT, latestExpiry(), DOCUMENT, possession);
    }
}
