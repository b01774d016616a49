// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptErrors} from "../contracts/interfaces/IReceiptErrors.sol";
import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Exposure} from "../contracts/types/Exposure.sol";
import {Fault, Opening, Receipt} from "../contracts/types/Receipt.sol";
import {Request} from "../contracts/types/Request.sol";
import {Result} from "../contracts/types/Result.sol";
import {Record, State} from "../contracts/types/State.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Receipts that are asked for, receipts that are withheld, and claims that leave their batch.
contract BatchSettlerDemandsTest is BatchFixture {
    /* DEMAND AND REVEAL */

    function test_reveal_earnsTheBond() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        uint256 before = market.balanceOf(CHALLENGER);
        demand(draft, 2);
        assertBalance(CHALLENGER, before - DEMAND_BOND, "prepaid");
        vm.prank(NODE);
        settler.reveal(draft.header, openingOf(draft, 2));
        assertBalance(NODE, DEMAND_BOND, "for who shows it");
        vm.assertEq(settler.batchOf(draft.batchId).demands, 0, "answered");
    }

    function test_RevertWhen_AnotherReceiptIsRevealed() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        demand(draft, 2);
        Opening memory opening = openingOf(draft, 1);
        expect(abi.encodeWithSelector(IBatchSettler.DemandMissing.selector, draft.batchId, uint40(1)));
        settler.reveal(draft.header, opening);
        opening.position = 2;
        expect(abi.encodeWithSelector(IReceiptErrors.ReceiptNotIncluded.selector, uint40(2)));
        settler.reveal(draft.header, opening);
    }

    function test_RevertWhen_ItIsAskedForTwice() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        post(draft);
        demand(draft, 1);
        vm.prank(CHALLENGER);
        expect(abi.encodeWithSelector(IBatchSettler.DemandExists.selector, draft.batchId, uint40(1)));
        settler.demand(draft.header, 1);
        vm.prank(CHALLENGER);
        expect(abi.encodeWithSelector(IReceiptErrors.ReceiptNotIncluded.selector, uint40(2)));
        settler.demand(draft.header, 2);
    }

    /// @dev A receipt that is shown in the last second can still be challenged, and the batch waits.
    function test_reveal_leavesTimeForAChallenge() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[2].outputCommitment = WRONG;
        post(draft);
        uint256 end = uint256(draft.header.postedAt) + CHALLENGE_WINDOW;
        vm.warp(end - 1);
        demand(draft, 2);
        vm.warp(end - 1 + RESPONSE_WINDOW - 1);
        settler.reveal(draft.header, openingOf(draft, 2));
        uint40 held = time() + RESPONSE_WINDOW;
        expect(abi.encodeWithSelector(IBatchSettler.BatchWindowOpen.selector, draft.batchId, held));
        settler.finalize(draft.header);

        vm.warp(held - 1);
        challenge(draft, nobody(), one(openingOf(draft, 2)), Fault.EVIDENCE);
        assertReturned(1, feeOf(draft.receipts[2]), "the client is whole");
        vm.warp(held);
        settler.finalize(draft.header);
    }

    function test_RevertWhen_TheTimeAfterALateAnswerIsOver() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[2].outputCommitment = WRONG;
        post(draft);
        uint40 end = draft.header.postedAt + CHALLENGE_WINDOW;
        vm.warp(end - 1);
        demand(draft, 2);
        settler.reveal(draft.header, openingOf(draft, 2));
        vm.warp(end - 1 + RESPONSE_WINDOW);
        commitTo(draft, 2, Fault.EVIDENCE);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.BatchWindowClosed.selector, draft.batchId, end);
        expectRefusal(draft, nobody(), one(openingOf(draft, 2)), Fault.EVIDENCE, reason);
    }

    /* LAPSE */

    function test_lapse_voidsWhatIsWithheld() external {
        Draft memory draft = draftOf(2, 3, Evidence.TEE);
        post(draft);
        uint256 own = market.balanceOf(CHALLENGER);
        demand(draft, 4);
        pass(RESPONSE_WINDOW);
        Opening[] memory neighbours = two(openingOf(draft, 3), openingOf(draft, 5));
        vm.prank(CHALLENGER);
        settler.lapse(draft.header, placeOf(draft, 4), nobody(), 4, 4, neighbours);

        assertReturned(1, feeOf(draft.receipts[4]), "the client is whole");
        assertBalance(CHALLENGER, own, "bond back");
        vm.assertEq(registry.awardOf(CHALLENGER), MODEL_BOND / 2, "half of the node's");
        finalize(draft);
        vm.assertTrue(settler.isVoid(draft.batchId, 4), "void");
    }

    /// @dev A run of receipts, up to the part's end: what it cost is the rest of the part.
    function test_lapse_ofARun() external {
        Draft memory draft = draftOf(2, 3, Evidence.TEE);
        post(draft);
        countersign(draft);
        demand(draft, 4);
        demand(draft, 5);
        pass(RESPONSE_WINDOW);
        Opening[] memory neighbours = one(openingOf(draft, 3));
        address[] memory signers = signersOf(draft, COMMITTEE);
        vm.prank(CHALLENGER);
        settler.lapse(draft.header, placeOf(draft, 4), signers, 4, 5, neighbours);
        assertReturned(1, 2 * feeOf(draft.receipts[4]), "the client is whole");
        vm.assertEq(registry.nodeOf(signers[0]).stake, VERIFIER_STAKE - PENALTY, "a signer's penalty");
    }

    function test_lapse_ofAWholePart() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        demand(draft, 0);
        demand(draft, 1);
        pass(RESPONSE_WINDOW);
        Opening[] memory none = new Opening[](0);
        settler.lapse(draft.header, placeOf(draft, 0), nobody(), 0, 1, none);
        assertReturned(0, 2 * feeOf(draft.receipts[0]), "the client is whole");
    }

    function test_RevertWhen_ItIsNotWithheld() external {
        Draft memory draft = draftOf(1, 3, Evidence.TEE);
        post(draft);
        Opening[] memory neighbours = two(openingOf(draft, 0), openingOf(draft, 2));
        expect(abi.encodeWithSelector(IBatchSettler.DemandMissing.selector, draft.batchId, uint40(1)));
        settler.lapse(draft.header, placeOf(draft, 1), nobody(), 1, 1, neighbours);
        demand(draft, 1);
        uint40 until = time() + RESPONSE_WINDOW;
        vm.warp(until - 1);
        expect(abi.encodeWithSelector(IBatchSettler.DemandOpen.selector, draft.batchId, uint40(1), until));
        settler.lapse(draft.header, placeOf(draft, 1), nobody(), 1, 1, neighbours);
        settler.reveal(draft.header, openingOf(draft, 1));
        vm.warp(until);
        expect(abi.encodeWithSelector(IBatchSettler.DemandAnswered.selector, draft.batchId, uint40(1)));
        settler.lapse(draft.header, placeOf(draft, 1), nobody(), 1, 1, neighbours);
    }

    function test_RevertWhen_TheAnswerIsLate() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        post(draft);
        demand(draft, 1);
        uint40 until = time() + RESPONSE_WINDOW;
        vm.warp(until);
        Opening memory opening = openingOf(draft, 1);
        expect(abi.encodeWithSelector(IBatchSettler.DemandClosed.selector, draft.batchId, uint40(1), until));
        settler.reveal(draft.header, opening);
    }

    /// @dev Nobody can hold a batch for longer than it can be challenged.
    function test_finalize_inTheEndWithAnOpenDemand() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        post(draft);
        demand(draft, 1);
        uint40 end = draft.header.postedAt + LONGEST_CHALLENGE;
        vm.warp(end - 1);
        expect(abi.encodeWithSelector(IBatchSettler.BatchWindowOpen.selector, draft.batchId, end));
        settler.finalize(draft.header);
        expect(abi.encodeWithSelector(IBatchSettler.DemandOpen.selector, draft.batchId, uint40(1), demandEnd(draft)));
        settler.returnDemand(draft.batchId, 1);
        vm.warp(end);
        Opening[] memory neighbours = one(openingOf(draft, 0));
        expect(abi.encodeWithSelector(IBatchSettler.BatchWindowClosed.selector, draft.batchId, end));
        settler.lapse(draft.header, placeOf(draft, 1), nobody(), 1, 1, neighbours);
        settler.finalize(draft.header);
        uint256 before = market.balanceOf(CHALLENGER);
        settler.returnDemand(draft.batchId, 1);
        assertBalance(CHALLENGER, before + DEMAND_BOND, "the bond returns");
        expect(abi.encodeWithSelector(IBatchSettler.DemandMissing.selector, draft.batchId, uint40(1)));
        settler.returnDemand(draft.batchId, 1);
    }

    function demandEnd(Draft memory draft) private view returns (uint40) {
        return settler.demandOf(draft.batchId, 1).until;
    }

    function demand(Draft memory draft, uint40 position) private {
        vm.prank(CHALLENGER);
        settler.demand(draft.header, position);
    }

    /* EXTRACT */

    function test_extract_theCourtCanBeAsked() external {
        Draft memory draft = draftOf(2, 2, Evidence.VANILLA);
        post(draft);
        Receipt memory receipt = draft.receipts[2];
        vm.prank(STRANGER);
        settler.extract(draft.header, placeOf(draft, 2), openingOf(draft, 2));

        Record memory record = market.recordOf(market.requestId(receipt.request));
        vm.assertEq(uint256(record.state), uint256(State.DELIVERED), "delivered");
        vm.assertEq(record.clock, draft.header.postedAt, "its window began with the batch");
        Exposure memory pledged = settler.pledgeOf(NODE, draft.header.modelId);
        vm.assertEq(pledged.held, PLEDGE - MODEL_BOND, "its bond is the market's");
        vm.assertEq(pledged.current, 4 * MODEL_BOND, "the batch's bond and three claims");

        // The market pays it for itself, and the batch the rest.
        uint80 fee = feeOf(receipt);
        finalize(draft);
        vm.assertEq(settler.earningsOf(NODE).own + settler.earningsOf(NODE).pool, 3 * fee, "three receipts");
        market.finalize(receipt.request, resultIn(receipt));
        vm.assertEq(market.earningsOf(NODE).own + market.earningsOf(NODE).pool, fee, "and one");
    }

    function test_extract_andChallenge() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        draft.receipts[1].outputCommitment = WRONG;
        post(draft);
        settler.extract(draft.header, placeOf(draft, 1), openingOf(draft, 1));
        Request memory request = draft.receipts[1].request;
        Result memory result = resultIn(draft.receipts[1]);
        dispute(request, result);
        vm.assertEq(uint256(stateOf(request)), uint256(State.DISPUTED), "disputed");
    }

    function dispute(Request memory request, Result memory result) private {
        Result memory claim = Result(RIGHT, result.units, result.node);
        bytes32 hash = court.challengeCommitment(CHALLENGER, market.requestId(request), claim, SALT);
        vm.prank(CHALLENGER);
        court.commitChallenge(hash);
        mine(1);
        vm.prank(CHALLENGER);
        court.challenge(request, result, claim, SALT);
    }

    /// @dev A claim that is shown late has its whole window at the market.
    function test_extract_ofALateReceipt() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        post(draft);
        vm.warp(uint256(draft.header.postedAt) + CHALLENGE_WINDOW - 1);
        demand(draft, 1);
        settler.reveal(draft.header, openingOf(draft, 1));
        uint40 revealedAt = time();
        pass(RESPONSE_WINDOW - 1);
        settler.extract(draft.header, placeOf(draft, 1), openingOf(draft, 1));
        Record memory record = market.recordOf(market.requestId(draft.receipts[1].request));
        vm.assertEq(record.clock, revealedAt, "from when it was shown");
    }

    function test_RevertWhen_AProvenReceiptIsExtracted() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        post(draft);
        Opening memory opening = openingOf(draft, 1);
        expect(abi.encodeWithSelector(IReceiptErrors.ReceiptProven.selector, uint40(1)));
        settler.extract(draft.header, placeOf(draft, opening.position), opening);
    }

    function test_RevertWhen_ItIsExtractedTwice() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        post(draft);
        Opening memory opening = openingOf(draft, 1);
        settler.extract(draft.header, placeOf(draft, opening.position), opening);
        expect(abi.encodeWithSelector(IBatchSettler.ReceiptVoid.selector, draft.batchId, uint40(1)));
        settler.extract(draft.header, placeOf(draft, opening.position), opening);
    }

    /// @dev Even if it was all that the batch had to extract.
    function test_RevertWhen_TheOnlyClaimIsExtractedTwice() external {
        Draft memory draft = draftOf(1, 1, Evidence.VANILLA);
        post(draft);
        Opening memory opening = openingOf(draft, 0);
        settler.extract(draft.header, placeOf(draft, 0), opening);
        expect(abi.encodeWithSelector(IBatchSettler.ReceiptVoid.selector, draft.batchId, uint40(0)));
        settler.extract(draft.header, placeOf(draft, 0), opening);
    }

    /// @dev Else a node could take its fault out of the batch before anybody shows it.
    function test_RevertWhen_AFaultyClaimIsExtracted() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        signRequest(draft.receipts[1], clientKey(0));
        post(draft);
        Opening memory opening = openingOf(draft, 1);
        expect(abi.encodeWithSelector(IReceiptErrors.ReceiptFaulty.selector, uint40(1), Fault.UNSIGNED));
        settler.extract(draft.header, placeOf(draft, opening.position), opening);
    }

    /// @dev What the sums charged beyond the fees returns, even if the receipt has left the batch.
    function test_extract_leavesWrongSumsBehind() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        draft.receipts[1].totals.charge += 100;
        draft.vouchers[0].toCharge += 100;
        draft.vouchers[0].maxCharge += 100;
        signVoucher(draft.vouchers[0], signerKey(0), NODE);
        post(draft);
        settler.extract(draft.header, placeOf(draft, 1), openingOf(draft, 1));
        Opening[] memory leaves = two(openingOf(draft, 1), openingOf(draft, 0));
        challenge(draft, nobody(), leaves, Fault.WRONG_SUM);
        assertReturned(0, 100, "the excess");
        commitTo(draft, 1, Fault.WRONG_SUM);
        vm.prank(CHALLENGER);
        expect(abi.encodeWithSelector(IBatchSettler.ReceiptVoid.selector, draft.batchId, uint40(1)));
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), nobody(), leaves, Fault.WRONG_SUM, SALT);
    }

    function test_RevertWhen_ClaimsAreWorthMoreThanTheBatchSays() external {
        Draft memory draft = draftOf(1, 2, Evidence.VANILLA);
        draft.posting.claimBond = uint80(MODEL_BOND);
        post(draft);
        settler.extract(draft.header, placeOf(draft, 0), openingOf(draft, 0));
        Opening memory opening = openingOf(draft, 1);
        expect(abi.encodeWithSelector(IBatchSettler.ClaimUncovered.selector, uint256(0), uint256(MODEL_BOND)));
        settler.extract(draft.header, placeOf(draft, opening.position), opening);
    }
}
