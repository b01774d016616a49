// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveRegistry} from "../contracts/EnclaveRegistry.sol";
import {IEnclaveRegistry} from "../contracts/interfaces/IEnclaveRegistry.sol";
import {Admission, EnclaveKey} from "../contracts/types/EnclaveKey.sol";
import {Role} from "../contracts/types/Node.sol";
import {EnclaveRegistryFixture} from "./EnclaveRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";
import {newEnclaveRegistry} from "./support/Deployer.sol";

contract EnclaveRegistryAdmissionTest is EnclaveRegistryFixture {
    /* QUORUM */

    function test_AQuorumOfApprovalsMakesTheKeyLive() external {
        bytes32 admissionId = propose(KEY);
        address key = vm.addr(KEY);
        uint40 expiresAt = latestExpiry();

        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.DocumentJudged(admissionId, FIRST, true);
        judge(FIRST, admissionId, true);
        assertLive(key, false, "one approval");
        vm.warp(block.timestamp + 10);
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.EnclaveKeyAdmitted(key, NODE, modelId, expiresAt);
        judge(SECOND, admissionId, true);

        assertLive(key, true, "a quorum");
        EnclaveKey memory entry = enclaves.keyOf(key);
        vm.assertEq(entry.node, NODE, "node");
        vm.assertEq(entry.modelId, modelId, "model");
        vm.assertEq(entry.measurement, MEASUREMENT, "measurement");
        vm.assertEq(entry.admittedAt, block.timestamp, "admitted");
        vm.assertEq(entry.expiresAt, expiresAt, "expires");
        vm.assertEq(entry.revokedAt, 0, "revoked");
        Admission memory admission = enclaves.admissionOf(admissionId);
        vm.assertEq(admission.approvals, 2, "approvals");
        vm.assertTrue(admission.closed, "closed");
    }

    function test_AQuorumOfRefusalsClosesTheProposal() external {
        bytes32 admissionId = propose(KEY);
        judge(FIRST, admissionId, false);
        vm.assertFalse(enclaves.admissionOf(admissionId).closed, "one refusal");
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.DocumentRefused(admissionId);
        judge(SECOND, admissionId, false);

        vm.assertTrue(enclaves.admissionOf(admissionId).closed, "closed");
        _refuseVote(THIRD, admissionId, abi.encodeWithSelector(IEnclaveRegistry.AdmissionClosed.selector, admissionId));
        assertLive(vm.addr(KEY), false, "live");
    }

    function test_VotesOfBothKindsAreCountedApart() external {
        bytes32 admissionId = propose(KEY);
        judge(FIRST, admissionId, true);
        judge(SECOND, admissionId, false);
        assertLive(vm.addr(KEY), false, "one to one");
        judge(THIRD, admissionId, true);

        assertLive(vm.addr(KEY), true, "two to one");
        vm.assertEq(enclaves.admissionOf(admissionId).refusals, 1, "refusals");
    }

    function testFuzz_TheQuorumthVoteDecidesAndNoneBefore(uint16 quorum, bool approve) external {
        quorum = 1 + (quorum % 12);
        enclaves = newEnclaveRegistry(registry, models, quorum, MAX_KEY_LIFE, MEASUREMENT_DELAY);
        allow(modelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        bytes32 admissionId = propose(KEY);

        for (uint256 i = 1; i <= quorum; ++i) {
            vm.assertFalse(enclaves.admissionOf(admissionId).closed, "closed early");
            judge(_registrar(i), admissionId, approve);
        }
        vm.assertTrue(enclaves.admissionOf(admissionId).closed, "closed");
        assertLive(vm.addr(KEY), approve, "live");
    }

    /* REGISTRARS */

    function test_RevertWhen_ARegistrarVotesTwice() external {
        bytes32 admissionId = propose(KEY);
        bytes memory refusal = abi.encodeWithSelector(IEnclaveRegistry.RegistrarVoted.selector, FIRST);
        judge(FIRST, admissionId, false);

        _refuseVote(FIRST, admissionId, refusal);
        expect(refusal);
        judge(FIRST, admissionId, false);
    }

    function test_RevertWhen_AnOperatorVotesThroughTwoNodes() external {
        address second = makeAccount("first operator's second registrar");
        registerFor(FIRST, second, Role.VERIFICATION, MIN_STAKE);
        bytes32 admissionId = propose(KEY);
        judge(second, admissionId, true);

        _refuseVote(FIRST, admissionId, abi.encodeWithSelector(IEnclaveRegistry.RegistrarVoted.selector, FIRST));
    }

    function test_AVoteCountsForItsProposalOnly() external {
        bytes32 first = propose(KEY);
        bytes32 second = propose(OTHER_KEY);
        judge(FIRST, first, true);
        judge(FIRST, second, true);

        vm.assertEq(enclaves.admissionOf(first).approvals, 1, "first");
        vm.assertEq(enclaves.admissionOf(second).approvals, 1, "second");
    }

    function test_RevertWhen_TheRegistrarIsIneligible() external {
        bytes32 admissionId = propose(KEY);
        address own = makeAccount("registrar of the node's operator");
        registerFor(OPERATOR, own, Role.VERIFICATION, MIN_STAKE);
        retire(THIRD);
        vm.prank(MARKET);
        registry.slashStake(SECOND, 1, 0);

        address[6] memory ineligible = [STRANGER, NODE, OTHER_NODE, own, THIRD, SECOND];
        for (uint256 i = 0; i < ineligible.length; ++i) {
            _refuseVote(
                ineligible[i],
                admissionId,
                abi.encodeWithSelector(IEnclaveRegistry.RegistrarIneligible.selector, ineligible[i])
            );
        }
    }

    function test_RevertWhen_TheAdmissionIsUnknown() external {
        bytes32 unknown = keccak256("unknown");

        _refuseVote(FIRST, unknown, abi.encodeWithSelector(IEnclaveRegistry.AdmissionUnknown.selector, unknown));
    }

    function test_RevertWhen_TheAdmissionIsClosed() external {
        bytes32 admissionId = propose(KEY);
        judge(FIRST, admissionId, true);
        judge(SECOND, admissionId, true);

        _refuseVote(THIRD, admissionId, abi.encodeWithSelector(IEnclaveRegistry.AdmissionClosed.selector, admissionId));
    }

    /* VERDICTS THAT COME TOO LATE */

    function test_AnExpiredDocumentIsRefused() external {
        uint40 expiresAt = uint40(block.timestamp) + 100;
        bytes32 admissionId = propose(NODE, modelId, KEY, MEASUREMENT, expiresAt);
        bytes32 inTime = propose(NODE, modelId, OTHER_KEY, MEASUREMENT, expiresAt);
        judge(FIRST, admissionId, true);
        judge(FIRST, inTime, true);

        vm.warp(expiresAt - 1);
        judge(SECOND, inTime, true);
        assertLive(vm.addr(OTHER_KEY), true, "a second before");
        vm.warp(expiresAt);
        _refusedAtQuorum(admissionId);
    }

    function test_ADocumentOfARevokedMeasurementIsRefused() external {
        bytes32 admissionId = propose(KEY);
        judge(FIRST, admissionId, true);
        revoke(modelId, MEASUREMENT);

        _refusedAtQuorum(admissionId);
    }

    function test_AllowingTheMeasurementAgainRevivesNoProposal() external {
        bytes32 admissionId = propose(KEY);
        judge(FIRST, admissionId, true);
        revoke(modelId, MEASUREMENT);
        allow(modelId, MEASUREMENT);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
        vm.assertTrue(enclaves.isMeasurementAllowed(modelId, MEASUREMENT), "allowed again");

        _refusedAtQuorum(admissionId);
    }

    function test_AKeyIsAdmittedOnce() external {
        bytes32 first = propose(NODE, modelId, KEY, MEASUREMENT, latestExpiry() - 100);
        bytes32 second = propose(KEY);
        judge(FIRST, first, true);
        judge(FIRST, second, true);
        judge(SECOND, first, true);
        EnclaveKey memory entry = enclaves.keyOf(vm.addr(KEY));

        vm.warp(block.timestamp + 1);
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.DocumentRefused(second);
        judge(SECOND, second, true);
        vm.assertEq(abi.encode(enclaves.keyOf(vm.addr(KEY))), abi.encode(entry), "the key's record");
    }

    /* HELPERS */

    function _registrar(uint256 number) private returns (address registrar) {
        registrar = address(uint160(0x10000 + number));
        register(registrar, Role.VERIFICATION, MIN_STAKE);
    }

    /// @dev The last approval of a quorum.
    function _refusedAtQuorum(bytes32 admissionId) private {
        vm.expectEmit(address(enclaves));
        emit IEnclaveRegistry.DocumentRefused(admissionId);
        judge(SECOND, admissionId, true);

        vm.assertTrue(enclaves.admissionOf(admissionId).closed, "closed");
        vm.assertEq(enclaves.keyOf(vm.addr(KEY)).node, address(0), "admitted");
    }

    function _refuseVote(address registrar, bytes32 admissionId, bytes memory refusal) private {
        expect(refusal);
        judge(registrar, admissionId, true);
    }
}
