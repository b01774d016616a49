// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {IReceiptErrors} from "../contracts/interfaces/IReceiptErrors.sol";
import {BatchState, Channel, CLOSING_TYPEHASH, Voucher} from "../contracts/types/Batch.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Opening} from "../contracts/types/Receipt.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What clients set aside, who draws on it, and how it returns.
contract BatchSettlerChannelsTest is BatchFixture {
    uint256 private constant NODE_KEY = uint256(keccak256("key of a node")) >> 1;

    /* RESERVE AND RELEASE */

    function test_reserve_addsUp() external {
        fund(STRANGER, 300);
        vm.prank(STRANGER);
        settler.reserve(NODE, STRANGER, 100, time() + 10);
        vm.prank(STRANGER);
        settler.reserve(NODE, STRANGER, 200, time() + 10);
        Channel memory channel = settler.channelOf(STRANGER, NODE, STRANGER);
        vm.assertEq(channel.deposited, 300, "deposited");
        vm.assertEq(channel.until, time() + 10, "date");
        assertBalance(STRANGER, 0, "taken from the market");
    }

    function test_RevertWhen_TheDateMovesBack() external {
        fund(STRANGER, 300);
        vm.startPrank(STRANGER);
        uint40 now_ = time();
        expect(abi.encodeWithSelector(IBatchSettler.ChannelDateInvalid.selector, now_, uint40(1)));
        settler.reserve(NODE, STRANGER, 100, now_);
        settler.reserve(NODE, STRANGER, 100, now_ + 10);
        expect(abi.encodeWithSelector(IBatchSettler.ChannelDateInvalid.selector, now_ + 9, now_ + 10));
        settler.reserve(NODE, STRANGER, 100, now_ + 9);
        vm.expectPartialRevert(IBatchSettler.ChannelDateInvalid.selector);
        settler.reserve(NODE, STRANGER, 100, type(uint40).max);
        vm.expectRevert(IBatchSettler.SignerZero.selector);
        settler.reserve(NODE, address(0), 100, now_ + 10);
        vm.stopPrank();
    }

    function test_release_afterTheDateAndTheLongestOrder() external {
        Channel memory channel = settler.channelOf(clientOf(0), NODE, channelSigner(0));
        uint40 at = channel.until + LONGEST_ORDER;
        vm.warp(at - 1);
        expect(abi.encodeWithSelector(IBatchSettler.ChannelActive.selector, at));
        vm.prank(clientOf(0));
        settler.release(NODE, channelSigner(0));
        vm.warp(at);
        vm.prank(clientOf(0));
        settler.release(NODE, channelSigner(0));
        assertBalance(clientOf(0), FUNDING, "returned");
        vm.prank(clientOf(0));
        expect(abi.encodeWithSelector(IBatchSettler.ChannelEmpty.selector, clientOf(0), NODE, channelSigner(0)));
        settler.release(NODE, channelSigner(0));
    }

    /* CLOSE */

    function test_close_atOnceWithTheNodesSignature() external {
        (address node, bytes memory signature) = closable();
        settler.close(clientOf(0), node, channelSigner(0), signature);
        assertBalance(clientOf(0), 500, "returned");
    }

    /// @dev A closing that was used, or kept, says nothing about money that came later.
    function test_RevertWhen_AClosingIsUsedAgain() external {
        (address node, bytes memory signature) = closable();
        settler.close(clientOf(0), node, channelSigner(0), signature);
        uint40 until = settler.channelOf(clientOf(0), node, channelSigner(0)).until;
        vm.startPrank(clientOf(0));
        expect(abi.encodeWithSelector(IBatchSettler.ChannelDateInvalid.selector, until, until + 1));
        settler.reserve(node, channelSigner(0), 500, until);
        settler.reserve(node, channelSigner(0), 500, until + 1);
        vm.stopPrank();
        vm.expectPartialRevert(IBatchSettler.ClosingSignatureInvalid.selector);
        settler.close(clientOf(0), node, channelSigner(0), signature);
    }

    function test_RevertWhen_AnotherSignsTheClosing() external {
        (address node, ) = closable();
        uint40 until = settler.channelOf(clientOf(0), node, channelSigner(0)).until;
        bytes memory signature = closing(clientKey(0), until);
        expect(abi.encodeWithSelector(IBatchSettler.ClosingSignatureInvalid.selector, clientOf(0), node));
        settler.close(clientOf(0), node, channelSigner(0), signature);
    }

    /// @dev A channel for a node whose key is known, and that node's closing.
    function closable() private returns (address node, bytes memory signature) {
        node = vm.addr(NODE_KEY);
        uint40 until = time() + 1 days;
        fund(clientOf(0), 500);
        vm.prank(clientOf(0));
        settler.reserve(node, channelSigner(0), 500, until);
        signature = closing(NODE_KEY, until);
    }

    function closing(uint256 key, uint40 until) private view returns (bytes memory) {
        return
            signatureBy(
                key,
                typed(keccak256(abi.encode(CLOSING_TYPEHASH, clientOf(0), channelSigner(0), uint40(0), until)))
            );
    }

    /* VOUCHERS */

    /// @dev One bad voucher among many: the others are settled, at their positions.
    function test_post_refusesWhatDoesNotHold() external {
        for (uint256 reason = 0; reason < 6; ++reason) {
            uint256 snapshot = vm.snapshotState();
            Draft memory draft = draftOf(3, 2, Evidence.TEE);
            Channel memory before = settler.channelOf(clientOf(1), NODE, channelSigner(1));
            spoil(draft.vouchers[1], reason);
            post(draft);

            uint80 fee = feeOf(draft.receipts[0]);
            vm.assertEq(draft.header.charge, 4 * fee, "the other two");
            vm.assertEq(draft.parts[1].signer, address(0), "refused");
            Channel memory channel = settler.channelOf(clientOf(1), NODE, channelSigner(1));
            vm.assertEq(channel.charged, before.charged, "nothing is charged");
            vm.assertEq(channel.count, before.count, "nothing is counted");
            vm.revertToState(snapshot);
        }
    }

    function spoil(Voucher memory voucher, uint256 reason) private view {
        if (reason == 1) (voucher.fromCharge, voucher.toCharge) = (voucher.fromCharge + 1, voucher.toCharge + 1);
        if (reason == 1) voucher.maxCharge += 1;
        if (reason == 0) signVoucher(voucher, signerKey(0), NODE);
        else if (reason == 2) voucher.fromCount += 1;
        else if (reason == 3) voucher.maxCharge = voucher.toCharge - 1;
        else if (reason == 4) (voucher.toCharge, voucher.maxCharge) = (FUNDING + 1, FUNDING + 1);
        else if (reason == 5) signVoucher(voucher, signerKey(1), RIVAL);
        if (reason % 5 != 0) signVoucher(voucher, signerKey(1), NODE);
    }

    function test_post_othersThanTheRefusedArePaidAndFinal() external {
        Draft memory draft = draftOf(3, 2, Evidence.TEE);
        signVoucher(draft.vouchers[1], signerKey(0), NODE);
        post(draft);
        countersign(draft);
        uint256 state = uint256(settler.batchOf(draft.batchId).state);
        vm.assertEq(state, uint256(BatchState.SECURED), "all that was accepted");
        finalize(draft);
        uint80 fee = feeOf(draft.receipts[0]);
        address[] memory signers = signersOf(draft, COMMITTEE);
        uint256 earned = settler.earningsOf(NODE).own + settler.earningsOf(NODE).pool;
        for (uint256 i = 0; i < signers.length; ++i) earned += settler.signerOf(signers[i]).held;
        vm.assertEq(earned, 4 * fee, "paid for four");
        Opening memory opening = openingOf(draft, 5);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
        opening = openingOf(draft, 3);
        vm.expectPartialRevert(IReceiptErrors.PartRefused.selector);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
    }

    function test_RevertWhen_NoVoucherHolds() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        signVoucher(draft.vouchers[0], signerKey(1), NODE);
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    function test_RevertWhen_AVoucherHasNoRange() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.vouchers[1].toCount = draft.vouchers[1].fromCount;
        vm.prank(NODE);
        expect(abi.encodeWithSelector(IBatchSettler.VoucherRangeInvalid.selector, uint256(1)));
        settler.post(draft.posting, draft.vouchers);
    }

    /// @dev The same voucher settles its range once, in whatever batch: no committee can be drawn again.
    function test_RevertWhen_ABatchIsPostedAgain() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
        draft.posting.root = keccak256("another");
        mine(1);
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    /// @dev Two posts cannot promise the same money.
    function test_post_neverChargesMoreThanIsThere() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        Voucher memory voucher = draft.vouchers[0];
        (voucher.toCharge, voucher.maxCharge) = (FUNDING, FUNDING);
        signVoucher(voucher, signerKey(0), NODE);
        post(draft);
        voucher = voucherFor(0, 1);
        (voucher.toCharge, voucher.maxCharge) = (FUNDING + 1, FUNDING + 1);
        signVoucher(voucher, signerKey(0), NODE);
        draft.vouchers[0] = voucher;
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    function test_RevertWhen_AVoucherIsReplayedAfterARelease() external {
        Draft memory draft = draftOf(1, 2, Evidence.TEE);
        Voucher memory old = draft.vouchers[0];
        post(draft);
        Channel memory channel = settler.channelOf(clientOf(0), NODE, channelSigner(0));
        vm.warp(channel.until + LONGEST_ORDER);
        vm.startPrank(clientOf(0));
        settler.release(NODE, channelSigner(0));
        settler.reserve(NODE, channelSigner(0), 1_000, time() + 1 days);
        vm.stopPrank();

        draft.vouchers[0] = old;
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    function test_post_untilTheChannelCanBeReleased() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        Channel memory channel = settler.channelOf(clientOf(0), NODE, channelSigner(0));
        vm.warp(channel.until + LONGEST_ORDER - 1);
        uint256 snapshot = vm.snapshotState();
        post(draft);
        vm.revertToState(snapshot);
        vm.warp(channel.until + LONGEST_ORDER);
        vm.prank(NODE);
        vm.expectRevert(IBatchSettler.VouchersAllRefused.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    /// @dev A post that waited for too long to be mined would be a fault.
    function test_RevertWhen_ThePostIsLate() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.posting.postBy = time();
        vm.prank(NODE);
        expect(abi.encodeWithSelector(IBatchSettler.PostingLate.selector, time()));
        settler.post(draft.posting, draft.vouchers);
        draft.posting.postBy += 1;
        post(draft);
    }

    /* PLEDGE */

    function test_RevertWhen_ThePledgeIsUsedUp() external {
        bytes32 modelId = modelFor[uint8(Evidence.TEE)];
        vm.startPrank(NODE);
        settler.unpledge(modelId, PLEDGE - uint80(MODEL_BOND));
        vm.stopPrank();
        post(draftOf(1, 1, Evidence.TEE));
        Draft memory draft = draftOf(2, 1, Evidence.TEE);
        vm.prank(NODE);
        expect(abi.encodeWithSelector(IBatchSettler.PledgeInsufficient.selector, uint256(0), uint256(MODEL_BOND)));
        settler.post(draft.posting, draft.vouchers);
        vm.prank(NODE);
        expect(abi.encodeWithSelector(IBatchSettler.PledgeInsufficient.selector, uint256(0), uint256(1)));
        settler.unpledge(modelId, 1);

        // It is free again when no batch can be challenged any more, at the latest after two epochs.
        pass(2 * uint256(LONGEST_CHALLENGE));
        vm.prank(NODE);
        settler.unpledge(modelId, uint80(MODEL_BOND));
    }

    function test_RevertWhen_ProvenChargeIsAboveTheCharge() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.posting.provenCharge += 1;
        vm.prank(NODE);
        vm.expectPartialRevert(IBatchSettler.ProvenChargeAboveCharge.selector);
        settler.post(draft.posting, draft.vouchers);
    }

    function test_RevertWhen_TheDataNodeIsNone() external {
        Draft memory draft = draftOf(1, 1, Evidence.TEE);
        draft.posting.dataNode = STRANGER;
        vm.prank(NODE);
        expect(abi.encodeWithSelector(IBatchSettler.BatchDataNodeInvalid.selector, STRANGER));
        settler.post(draft.posting, draft.vouchers);
    }
}
