// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptErrors} from "../contracts/interfaces/IReceiptErrors.sol";
import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {BatchState, Countersignature} from "../contracts/types/Batch.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Exposure} from "../contracts/types/Exposure.sol";
import {Fault, Opening} from "../contracts/types/Receipt.sol";
import {Role} from "../contracts/types/Node.sol";
import {Reliance} from "../contracts/types/State.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {deployHistory} from "./support/History.sol";
import {vm} from "./support/Vm.sol";

/// @notice Who countersigns, what they answer for with what, and what that makes final.
contract BatchSettlerCommitteeTest is BatchFixture {
    uint40 private constant REVOCATION_GRACE = 600;

    /* SIGNATURES */

    function test_RevertWhen_ThereIsNoQuorum() external {
        Draft memory draft = posted();
        Countersignature[] memory signatures = signaturesOf(draft, 3);
        expectRefusal(
            draft,
            signatures,
            abi.encodeWithSelector(IReceiptErrors.QuorumMissing.selector, uint256(3), uint256(4))
        );
    }

    function test_RevertWhen_OneSignsTwice() external {
        Draft memory draft = posted();
        Countersignature[] memory signatures = signaturesOf(draft, 4);
        signatures[3] = signatures[2];
        expectRefusal(draft, signatures, abi.encodeWithSelector(IReceiptErrors.SeatInvalid.selector, uint8(2)));
        signatures[3].seat = 5;
        expectRefusal(draft, signatures, abi.encodeWithSelector(IReceiptErrors.SeatInvalid.selector, uint8(5)));
    }

    function test_RevertWhen_AnotherThanTheSeatsHolderSigns() external {
        Draft memory draft = posted();
        Countersignature[] memory signatures = signaturesOf(draft, 5);
        address[] memory committee = signersOf(draft, 5);
        signatures[4] = signatures[3];
        signatures[4].seat = 4;
        bytes memory reason = abi.encodeWithSelector(
            IReceiptErrors.CountersignatureInvalid.selector,
            committee[3],
            committee[4]
        );
        expectRefusal(draft, signatures, reason);
    }

    function test_RevertWhen_TheCommitteeIsNotDrawnYet() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        vm.roll(draft.header.drawBlock);
        bytes memory reason = abi.encodeWithSelector(IReceiptErrors.CommitteePending.selector, draft.header.drawBlock);
        expectRefusal(draft, new Countersignature[](4), reason);
    }

    /// @dev Then it waits for its window like any other.
    function test_finalize_whenTheDrawWasMissed() external {
        Draft memory draft = posted();
        deployHistory();
        Countersignature[] memory signatures = signaturesOf(draft, 5);
        vm.roll(uint256(draft.header.drawBlock) + 8_192);
        bytes memory reason = abi.encodeWithSelector(
            IReceiptErrors.CommitteeUnreachable.selector,
            draft.header.drawBlock
        );
        expectRefusal(draft, signatures, reason);
        finalize(draft);
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.FINAL), "paid");
    }

    function test_RevertWhen_ItIsTooLateOrDone() external {
        Draft memory draft = posted();
        Countersignature[] memory signatures = signaturesOf(draft, 5);
        uint40 end = draft.header.postedAt + CHALLENGE_WINDOW;
        uint256 snapshot = vm.snapshotState();
        vm.warp(end);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.BatchWindowClosed.selector, draft.batchId, end);
        expectRefusal(draft, signatures, reason);
        vm.revertToState(snapshot);
        settler.countersign(draft.header, signatures);
        reason = abi.encodeWithSelector(IBatchSettler.BatchStateMismatch.selector, draft.batchId);
        expectRefusal(draft, signatures, reason);
    }

    function test_RevertWhen_TheHeaderIsAnother() external {
        Draft memory draft = posted();
        draft.header.charge += 1;
        vm.expectPartialRevert(IBatchSettler.BatchUnknown.selector);
        settler.finalize(draft.header);
    }

    function test_RevertWhen_ThereIsNothingToCover() external {
        Draft memory draft = draftOf(2, 2, Evidence.VANILLA);
        post(draft);
        Countersignature[] memory signatures = signaturesOf(draft, 5);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.NothingCovered.selector, draft.batchId);
        expectRefusal(draft, signatures, reason);
    }

    /* WHO IS DRAWN */

    /// @dev None of the operator's own, whatever the block's hash.
    function test_committeeOf_neverOfTheNodesOperator() external {
        address own = vm.addr(uint256(keccak256("own verifier")) >> 1);
        registerNode(own, Role.VERIFICATION, VERIFIER_STAKE, NODE);
        pass(1);
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        post(draft);
        for (uint256 i = 0; i < 64; ++i) {
            mineToDraw(draft);
            vm.setBlockhash(draft.header.drawBlock, keccak256(abi.encode("hash", i)));
            address[] memory committee = judge.committeeOf(draft.header);
            vm.assertEq(committee.length, COMMITTEE, "five");
            for (uint256 j = 0; j < committee.length; ++j) vm.assertNotEq(committee[j], own, "of another operator");
        }
    }

    /// @dev Who registers between post and draw, knowing nothing or everything, is not drawn.
    function test_committeeOf_ofThoseWhoWereThereBefore() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        post(draft);
        mineToDraw(draft);
        address[] memory before = judge.committeeOf(draft.header);
        for (uint256 i = 0; i < 8; ++i) {
            registerNode(vm.addr(uint256(keccak256(abi.encode("late", i))) >> 1), Role.VERIFICATION, VERIFIER_STAKE);
        }
        vm.assertEq(judge.committeeOf(draft.header), before, "the same");
    }

    /* COVER */

    /// @dev Stake on its way out that will be gone before the last challenge covers nothing.
    function test_countersign_stakeThatLeavesCoversNothing() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.receipts[0].request.declaredValue = 5 * uint128(VERIFIER_STAKE);
        signAndProve(draft.receipts[0], 0);
        sum(draft);
        for (uint256 i = 0; i < verifiers(); ++i) {
            vm.prank(vm.addr(verifierKey(i)));
            registry.beginUnbonding(VERIFIER_STAKE - MIN_STAKE);
        }
        vm.warp(uint256(time()) + UNBONDING_PERIOD - 1);
        post(draft);
        countersign(draft);
        Exposure memory signer = settler.signerOf(signersOf(draft, 1)[0]);
        vm.assertEq(signer.current, MIN_STAKE, "what stays");
    }

    function test_countersign_stakeThatLeavesLaterCovers() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.receipts[0].request.declaredValue = 5 * (uint128(VERIFIER_STAKE) - PENALTY) - 440;
        signAndProve(draft.receipts[0], 0);
        sum(draft);
        post(draft);
        for (uint256 i = 0; i < verifiers(); ++i) {
            vm.prank(vm.addr(verifierKey(i)));
            registry.retire();
        }
        countersign(draft);
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.SECURED), "all their stake");
    }

    /// @dev What exceeds the cover waits: fees up to it are paid, and no receipt is final.
    function test_countersign_onlyUpToTheCover() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        draft.receipts[0].request.declaredValue = 5 * uint128(VERIFIER_STAKE);
        signAndProve(draft.receipts[0], 0);
        sum(draft);
        post(draft);
        countersign(draft);
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.COUNTERSIGNED), "not secured");
        vm.assertEq(settler.batchOf(draft.batchId).paid, draft.header.charge, "fees are covered");
        Opening memory opening = openingOf(draft, 1);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.ReceiptNotFinal.selector, draft.batchId, uint40(1));
        expect(reason);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
        finalize(draft);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
    }

    /// @dev A signer whose stake is promised already cannot promise it again.
    function test_RevertWhen_TheStakeIsPromisedAlready() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.receipts[0].request.declaredValue = 5 * uint128(VERIFIER_STAKE);
        signAndProve(draft.receipts[0], 0);
        sum(draft);
        post(draft);
        countersign(draft);
        address[] memory first = signersOf(draft, COMMITTEE);
        draft = draftOf(1, 1, Evidence.TEE);
        post(draft);
        Countersignature[] memory signatures = signaturesOf(draft, COMMITTEE);
        address[] memory second = signersOf(draft, COMMITTEE);
        vm.assertTrue(meet(first, second), "five of eight, twice");
        vm.expectPartialRevert(IBatchSettler.SignerStakeInsufficient.selector);
        settler.countersign(draft.header, signatures);
        // Batches that cannot be challenged any more bind nobody.
        finalize(draft);
        pass(2 * uint256(LONGEST_CHALLENGE));
        vm.assertEq(settler.signerOf(first[0]).current, 0, "nothing is exposed");
    }

    function meet(address[] memory some, address[] memory others) private pure returns (bool) {
        for (uint256 i = 0; i < some.length; ++i) {
            for (uint256 j = 0; j < others.length; ++j) if (some[i] == others[j]) return true;
        }
        return false;
    }

    /* EVIDENCE AS OF THE POST */

    function test_RevertWhen_TheKeyWasRevokedAfterThePost() external {
        Draft memory draft = posted();
        pass(1);
        address key = vm.addr(enclaveKeyOf(NODE, draft.header.modelId));
        vm.prank(NODE);
        enclaves.revokeKey(key);
        revokeMeasurement(draft.header.modelId);
        expectRight(draft);
    }

    function test_RevertWhen_TheKeyExpiredAfterThePost() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        vm.warp(enclaves.keyOf(vm.addr(enclaveKeyOf(NODE, draft.posting.modelId))).expiresAt - 1);
        for (uint256 i = 0; i < 2; ++i) draft.receipts[i].request.proveBy = time() + 1 days;
        for (uint256 i = 0; i < 2; ++i) signAndProve(draft.receipts[i], 0);
        post(draft);
        pass(2);
        expectRight(draft);
    }

    function expectRight(Draft memory draft) private {
        commitTo(draft, 1, Fault.EVIDENCE);
        bytes memory reason = abi.encodeWithSelector(IReceiptErrors.FaultUnproven.selector, Fault.EVIDENCE, uint40(1));
        expectRefusal(draft, nobody(), one(openingOf(draft, 1)), Fault.EVIDENCE, reason);
    }

    function test_challenge_theKeyWasRevokedBeforeThePost() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        address key = vm.addr(enclaveKeyOf(NODE, draft.posting.modelId));
        vm.prank(NODE);
        enclaves.revokeKey(key);
        pass(REVOCATION_GRACE + 1);
        post(draft);
        assertBlamed(draft, "the key was revoked before");
    }

    /// @dev Even if its place was given to another measurement that was revoked since.
    function test_challenge_theMeasurementWasRevokedBeforeThePost() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        bytes32 modelId = draft.posting.modelId;
        pass(1);
        revokeMeasurement(modelId);
        pass(REVOCATION_GRACE + 1);
        post(draft);
        pass(1);
        vm.startPrank(PUBLISHER);
        enclaves.allowMeasurement(modelId, keccak256("another"));
        enclaves.revokeMeasurement(modelId, keccak256("another"));
        vm.stopPrank();
        assertBlamed(draft, "the measurement was revoked before");
    }

    function assertBlamed(Draft memory draft, string memory label) private {
        challenge(draft, nobody(), one(openingOf(draft, 1)), Fault.EVIDENCE);
        vm.assertTrue(settler.isVoid(draft.batchId, 1), label);
        vm.assertTrue(settler.batchOf(draft.batchId).faulty, label);
    }

    /// @dev A publisher who revokes while a post is on its way earns nothing by it, and costs the node nothing but the fee.
    function test_challenge_revokedJustBeforeThePost() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        revokeMeasurement(draft.posting.modelId);
        pass(REVOCATION_GRACE);
        post(draft);
        challenge(draft, nobody(), one(openingOf(draft, 1)), Fault.EVIDENCE);

        assertReturned(0, feeOf(draft.receipts[1]), "the client is whole");
        vm.assertTrue(settler.isVoid(draft.batchId, 1), "void");
        vm.assertFalse(settler.batchOf(draft.batchId).faulty, "not faulty");
        vm.assertEq(registry.awardOf(CHALLENGER), 0, "no reward");
        vm.assertEq(settler.pledgeOf(NODE, draft.header.modelId).held, PLEDGE, "nothing is slashed");
    }

    /// @dev If it was paid already, the bond gives what is owed and no more; a later fault takes the rest of it.
    function test_challenge_revokedJustBeforeThePostAndPaid() external {
        Draft memory draft = draftOf(1, 3, Evidence.TEE);
        draft.receipts[2].outputCommitment = WRONG;
        revokeMeasurement(draft.posting.modelId);
        pass(1);
        post(draft);
        countersign(draft);
        address[] memory signers = signersOf(draft, COMMITTEE);
        uint80 fee = feeOf(draft.receipts[1]);
        uint256 burned = registry.burned();
        challenge(draft, signers, one(openingOf(draft, 1)), Fault.EVIDENCE);

        assertReturned(0, fee, "the client is whole");
        vm.assertEq(settler.pledgeOf(NODE, draft.header.modelId).held, PLEDGE - fee, "out of the bond");
        vm.assertEq(registry.nodeOf(signers[0]).stake, VERIFIER_STAKE, "no penalty");
        vm.assertEq(registry.burned(), burned, "nothing is burned");

        challenge(draft, signers, one(openingOf(draft, 2)), Fault.EVIDENCE);
        assertReturned(0, 2 * fee, "the client is whole again");
        vm.assertEq(settler.pledgeOf(NODE, draft.header.modelId).held, PLEDGE - MODEL_BOND, "the rest of the bond");
        vm.assertEq(registry.nodeOf(signers[0]).stake, VERIFIER_STAKE - PENALTY, "a penalty");
    }

    /// @dev When a key expires its node knows before.
    function test_challenge_theKeyExpiredBeforeThePost() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        vm.warp(enclaves.keyOf(vm.addr(enclaveKeyOf(NODE, draft.posting.modelId))).expiresAt);
        for (uint256 i = 0; i < 2; ++i) draft.receipts[i].request.proveBy = time() + 1 days;
        for (uint256 i = 0; i < 2; ++i) signAndProve(draft.receipts[i], 0);
        post(draft);
        assertBlamed(draft, "the key expired before");
    }

    /* REQUESTS ONCE */

    /// @dev A request that was settled cannot be settled again: its signature names its index.
    function test_challenge_oneRequestInTwoBatches() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        post(draft);
        Draft memory second = draftOf(1, 2, Evidence.TEE);
        uint40 index = second.receipts[1].index;
        second.receipts[1] = draft.receipts[1];
        sum(second);
        post(second);
        challenge(second, nobody(), one(openingOf(second, 1)), Fault.MISPLACED);
        assertReturned(0, feeOf(draft.receipts[1]), "the client is whole");

        second = draftOf(1, 2, Evidence.TEE);
        index = second.receipts[1].index;
        second.receipts[1] = draft.receipts[1];
        second.receipts[1].index = index;
        sum(second);
        post(second);
        challenge(second, nobody(), one(openingOf(second, 1)), Fault.UNSIGNED);
        assertReturned(0, 2 * feeOf(draft.receipts[1]), "the client is whole again");
    }

    /* RELIANCE */

    function test_RevertWhen_LessIsThereThanIsReliedOn() external {
        Draft memory draft = posted();
        countersign(draft);
        Opening memory opening = openingOf(draft, 1);
        expectUnreliable(draft, opening, 0);
        expectUnreliable(draft, opening, 1);
        expectUnreliable(draft, opening, 2);
        expectUnreliable(draft, opening, 3);
    }

    function expectUnreliable(Draft memory draft, Opening memory opening, uint256 which) private {
        Reliance memory reliance = relianceOn(opening.receipt);
        if (which == 0) reliance.modelId = modelFor[0];
        else if (which == 1) reliance.inputCommitment = 0;
        else if (which == 2) reliance.evidence = setOf(Evidence.ZKML);
        else reliance.declaredValue += 1;
        vm.expectPartialRevert(IReceiptErrors.ReceiptRelianceMismatch.selector);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, reliance);
    }

    function posted() private returns (Draft memory draft) {
        draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
    }

    function expectRefusal(Draft memory draft, Countersignature[] memory signatures, bytes memory reason) private {
        expect(reason);
        settler.countersign(draft.header, signatures);
    }
}
