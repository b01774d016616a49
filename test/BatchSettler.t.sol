// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {Batch, BatchState, Channel, Countersignature} from "../contracts/types/Batch.sol";
import {Earnings} from "../contracts/types/Earnings.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Exposure} from "../contracts/types/Exposure.sol";
import {Opening} from "../contracts/types/Receipt.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice A batch from its posting to its end, when nothing goes wrong.
contract BatchSettlerTest is BatchFixture {
    function test_post_drawsOnEachChannelOnce() external {
        Draft memory draft = draftOf(3, 2, Evidence.TEE);
        post(draft);

        uint80 fee = feeOf(draft.receipts[0]);
        for (uint256 i = 0; i < 3; ++i) {
            Channel memory channel = settler.channelOf(clientOf(i), NODE, channelSigner(i));
            vm.assertEq(channel.charged, 2 * fee, "charged");
            vm.assertEq(channel.count, 2, "count");
            vm.assertEq(channel.deposited, FUNDING, "deposited");
        }
        Batch memory batch = settler.batchOf(draft.batchId);
        vm.assertEq(uint256(batch.state), uint256(BatchState.POSTED), "state");
        vm.assertEq(draft.header.charge, 6 * fee, "charge of the batch");
        Exposure memory pledged = settler.pledgeOf(NODE, draft.header.modelId);
        vm.assertEq(pledged.held, PLEDGE, "pledged");
        vm.assertEq(pledged.current, MODEL_BOND, "exposed");
    }

    function test_countersign_paysTheProvenReceiptsAtOnce() external {
        Draft memory draft = draftOf(3, 2, Evidence.TEE);
        post(draft);
        countersign(draft);

        uint256 charge = draft.header.charge;
        uint256 each = (charge * VERIFICATION_BPS) / 10_000 / COMMITTEE;
        Earnings memory earnings = settler.earningsOf(NODE);
        vm.assertEq(earnings.own, charge - each * COMMITTEE, "the node's share, with the remainder");
        vm.assertEq(earnings.pool, 0, "no pool");
        address[] memory signers = signersOf(draft, COMMITTEE);
        for (uint256 i = 0; i < signers.length; ++i) {
            Exposure memory signer = settler.signerOf(signers[i]);
            vm.assertEq(signer.held, each, "a signer's share");
            vm.assertEq(signer.current, PENALTY + (charge + COMMITTEE - 1) / COMMITTEE, "a signer's cover");
        }
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.SECURED), "state");
        Opening memory opening = openingOf(draft, 3);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
    }

    function test_countersign_paysTheDataNode() external {
        Draft memory draft = draftOf(3, 2, Evidence.TEE);
        withData(draft, 0);
        post(draft);
        countersign(draft);
        uint256 charge = draft.header.charge;
        uint256 data = (charge * DATA_BPS) / 10_000;
        uint256 each = (charge * VERIFICATION_BPS) / 10_000 / COMMITTEE;
        vm.assertEq(settler.earningsOf(DATA_NODE).own, data, "the data node's share");
        vm.assertEq(settler.earningsOf(NODE).own, charge - data - COMMITTEE * each, "the node's share");
    }

    function test_countersign_aQuorumIsEnough() external {
        Draft memory draft = draftOf(1, 3, Evidence.ZKML);
        post(draft);
        Countersignature[] memory signatures = signaturesOf(draft, COMMITTEE - 1);
        settler.countersign(draft.header, signatures);
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.SECURED), "state");
    }

    function test_finalize_paysWithoutACommittee() external {
        Draft memory draft = draftOf(2, 3, Evidence.VANILLA);
        post(draft);
        finalize(draft);

        uint256 charge = draft.header.charge;
        uint256 pool = (charge * VERIFICATION_BPS) / 10_000;
        Earnings memory earnings = settler.earningsOf(NODE);
        vm.assertEq(earnings.own, charge - pool, "the node's share");
        vm.assertEq(earnings.pool, pool, "the verification share");
        Opening memory opening = openingOf(draft, 5);
        settler.requireFinal(draft.header, placeOf(draft, opening.position), opening, relianceOn(opening.receipt));
    }

    function test_finalize_paysTheRest() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        countersign(draft);
        Earnings memory before = settler.earningsOf(NODE);
        finalize(draft);
        vm.assertEq(settler.earningsOf(NODE).own, before.own, "nothing was left");
        vm.assertEq(uint256(settler.batchOf(draft.batchId).state), uint256(BatchState.FINAL), "state");
    }

    function test_RevertWhen_TheWindowIsOpen() external {
        Draft memory draft = draftOf(1, 1, Evidence.VANILLA);
        post(draft);
        uint40 end = draft.header.postedAt + CHALLENGE_WINDOW;
        vm.warp(end - 1);
        expect(abi.encodeWithSelector(IBatchSettler.BatchWindowOpen.selector, draft.batchId, end));
        settler.finalize(draft.header);
    }

    function test_collect_everybodyGetsWhatTheyEarned() external {
        Draft memory draft = draftOf(3, 2, Evidence.TEE);
        post(draft);
        countersign(draft);
        uint128 own = settler.earningsOf(NODE).own;
        settler.collect(NODE);
        vm.assertEq(market.balanceOf(payoutFor(NODE)), own, "the node's payout");

        address signer = signersOf(draft, 1)[0];
        uint80 earned = settler.signerOf(signer).held;
        settler.collectSigner(signer);
        vm.assertEq(market.balanceOf(payoutFor(signer)), earned, "a signer's payout");
        vm.expectRevert(INodeEarnings.AmountZero.selector);
        settler.collectSigner(signer);
    }
}
