// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {BatchState, Channel, Countersignature} from "../contracts/types/Batch.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Exposure} from "../contracts/types/Exposure.sol";
import {Fault, Opening} from "../contracts/types/Receipt.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Who pays for a fault, and who gets how much.
contract BatchSettlerLossesTest is BatchFixture {
    function test_challenge_beforeAQuorum() external {
        Draft memory draft = faulty();
        uint80 fee = feeOf(draft.receipts[BAD]);
        uint256 burned = registry.burned();
        challenge(draft, nobody(), one(openingOf(draft, BAD)), Fault.EVIDENCE);

        assertReturned(1, fee, "the client is whole");
        vm.assertEq(registry.awardOf(CHALLENGER), MODEL_BOND / 2, "half of the bond");
        vm.assertEq(registry.burned() - burned, MODEL_BOND - MODEL_BOND / 2, "the rest is burned");
        Exposure memory pledged = settler.pledgeOf(NODE, draft.header.modelId);
        vm.assertEq(pledged.held, PLEDGE - MODEL_BOND, "the pledge has lost it");
        vm.assertEq(pledged.current, 0, "and is not exposed to it any more");
        assertStake(draft.header.modelId, PLENTY / 100 - MODEL_BOND, PLEDGE - MODEL_BOND, "stake");

        // The others are paid.
        finalize(draft);
        vm.assertEq(settler.earningsOf(NODE).own + settler.earningsOf(NODE).pool, 3 * fee, "the other receipts");
        Opening memory opening = openingOf(draft, BAD);
        expect(abi.encodeWithSelector(IBatchSettler.ReceiptVoid.selector, draft.batchId, BAD));
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
        opening = openingOf(draft, 3);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
    }

    /// @dev All was paid, so the client's money comes from the bond; signers lose their penalties.
    function test_challenge_afterAQuorum() external {
        Draft memory draft = faulty();
        uint80 fee = feeOf(draft.receipts[BAD]);
        countersign(draft);
        uint256 burned = registry.burned();
        address[] memory signers = signersOf(draft, COMMITTEE);
        challenge(draft, signers, one(openingOf(draft, BAD)), Fault.EVIDENCE);

        assertReturned(1, fee, "the client is whole");
        uint256 reward = (MODEL_BOND - fee) / 2 + COMMITTEE * (PENALTY / 2);
        vm.assertEq(registry.awardOf(CHALLENGER), reward, "half of what is left");
        uint256 lost = MODEL_BOND + COMMITTEE * PENALTY;
        vm.assertEq(registry.burned() - burned, lost - fee - reward, "the rest is burned");
        for (uint256 i = 0; i < signers.length; ++i) {
            vm.assertEq(registry.nodeOf(signers[i]).stake, VERIFIER_STAKE - PENALTY, "a signer's stake");
        }
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.SECURED), "FINAL stays");
    }

    /// @dev The bond is lost once; then the signers make the clients whole out of what they cover.
    function test_challenge_signersMakeClientsWhole() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        for (uint256 i = 0; i < 4; ++i) draft.receipts[i].outputCommitment = WRONG;
        post(draft);
        countersign(draft);
        address[] memory signers = signersOf(draft, COMMITTEE);
        uint80 fee = feeOf(draft.receipts[0]);
        for (uint40 i = 0; i < 4; ++i) challenge(draft, signers, one(openingOf(draft, i)), Fault.EVIDENCE);

        assertReturned(0, 2 * fee, "first client");
        assertReturned(1, 2 * fee, "second client");
        uint256 lost = VERIFIER_STAKE - registry.nodeOf(signers[0]).stake;
        vm.assertEq(lost, PENALTY + 3 * ((fee + COMMITTEE - 1) / COMMITTEE), "a signer's loss");
        vm.assertLe(lost, settler.signerOf(signers[0]).current, "no more than it was exposed to");
        finalize(draft);
    }

    function test_challenge_signersLoseDeclaredValues() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.declaredValue = 1_000;
        signAndProve(draft.receipts[BAD], 1);
        draft.receipts[BAD].outputCommitment = WRONG;
        sum(draft);
        post(draft);
        countersign(draft);
        address[] memory signers = signersOf(draft, COMMITTEE);
        challenge(draft, signers, one(openingOf(draft, BAD)), Fault.EVIDENCE);
        uint256 stake = registry.nodeOf(signers[0]).stake;
        vm.assertEq(stake, VERIFIER_STAKE - PENALTY - 1_000 / COMMITTEE, "penalty and value");
    }

    /// @dev Never more than the header says, which is all that they covered.
    function test_challenge_signersLoseNoMoreValueThanTheyCovered() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        withData(draft, 1_000);
        draft.posting.provenValue = 1_000;
        for (uint256 i = 0; i < 2; ++i) draft.receipts[i].outputCommitment = WRONG;
        post(draft);
        countersign(draft);
        address[] memory signers = signersOf(draft, COMMITTEE);
        for (uint40 i = 0; i < 2; ++i) challenge(draft, signers, one(openingOf(draft, i)), Fault.EVIDENCE);
        uint256 lost = VERIFIER_STAKE - registry.nodeOf(signers[0]).stake;
        vm.assertEq(lost, PENALTY + 1_000 / COMMITTEE + feeOf(draft.receipts[1]) / COMMITTEE, "a signer's loss");
    }

    function test_RevertWhen_AFaultyBatchIsCountersigned() external {
        Draft memory draft = faulty();
        challenge(draft, nobody(), one(openingOf(draft, BAD)), Fault.EVIDENCE);
        expectCountersign(draft, abi.encodeWithSelector(IBatchSettler.BatchFaulty.selector, draft.batchId));
    }

    function expectCountersign(Draft memory draft, bytes memory reason) private {
        Countersignature[] memory signatures = signaturesOf(draft, COMMITTEE);
        expect(reason);
        settler.countersign(draft.header, signatures);
    }

    /// @dev What was charged returns to the channel, and from there to the client like any other money in it.
    function test_challenge_theChannelGetsBackWhatItPaid() external {
        Draft memory draft = faulty();
        uint80 fee = feeOf(draft.receipts[BAD]);
        challenge(draft, nobody(), one(openingOf(draft, BAD)), Fault.EVIDENCE);
        Channel memory channel = settler.channelOf(clientOf(1), NODE, channelSigner(1));
        vm.assertEq(channel.deposited, FUNDING + fee, "as money that came anew");
        vm.assertEq(channel.charged, 2 * fee, "no charge is taken back");

        vm.warp(uint256(channel.until) + LONGEST_ORDER);
        vm.prank(clientOf(1));
        settler.release(NODE, channelSigner(1));
        assertBalance(clientOf(1), FUNDING - fee, "all but the other receipt's fee");
    }

    /// @dev Void receipts are told apart, though the first of them has a place of its own.
    function test_isVoid_ofMany() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        for (uint256 i = 0; i < 3; ++i) draft.receipts[i].outputCommitment = WRONG;
        post(draft);
        uint8[3] memory order = [2, 0, 1];
        for (uint256 i = 0; i < 3; ++i) {
            challenge(draft, nobody(), one(openingOf(draft, order[i])), Fault.EVIDENCE);
            for (uint40 position = 0; position < 4; ++position) {
                bool expected = position == 2 || (position == 0 && i > 0) || (position == 1 && i > 1);
                vm.assertEq(settler.isVoid(draft.batchId, position), expected, "void");
            }
        }
    }

    /// @dev The client paid more than the fees add up to: all of it returns.
    function test_challenge_overchargeReturns() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        uint80 fee = feeOf(draft.receipts[0]);
        draft.vouchers[0].toCharge += 100;
        draft.vouchers[0].maxCharge += 100;
        signVoucher(draft.vouchers[0], signerKey(0), NODE);
        post(draft);
        challenge(draft, nobody(), one(openingOf(draft, 1)), Fault.WRONG_SUM);
        assertReturned(0, fee + 100, "fee and excess");
    }

    /// @dev However the sums lie, a client gets no more than its voucher brought, and all of them no more than the batch had.
    function test_challenge_liesReturnNoMoreThanWasPaid() external {
        Draft memory draft = draftOf(2, 1, Evidence.TEE);
        uint80 fee = feeOf(draft.receipts[0]);
        draft.receipts[0].totals.charge += 1_000;
        post(draft);
        challenge(draft, nobody(), one(openingOf(draft, 0)), Fault.WRONG_SUM);
        assertReturned(0, fee, "what its voucher brought");

        draft = draftOf(1, 2, Evidence.TEE);
        draft.receipts[0].totals.charge += 1_000;
        draft.receipts[1].outputCommitment = WRONG;
        post(draft);
        countersign(draft);
        address[] memory signers = signersOf(draft, COMMITTEE);
        challenge(draft, signers, one(openingOf(draft, 0)), Fault.WRONG_SUM);
        challenge(draft, signers, one(openingOf(draft, 1)), Fault.EVIDENCE);
        assertReturned(0, 3 * fee, "what the batch had");
    }
}
