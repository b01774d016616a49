// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";

import {IBatchJudge} from "./interfaces/IBatchJudge.sol";
import {BatchParameters, IBatchSettler} from "./interfaces/IBatchSettler.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Batch, BatchState, Countersignature, Demand, Header, Place, Posting, Voucher} from "./types/Batch.sol";
import {Exposure} from "./types/Exposure.sol";
import {Penalty, Role} from "./types/Node.sol";
import {Entry, Fault, Loss, Opening} from "./types/Receipt.sol";
import {Request} from "./types/Request.sol";
import {Result} from "./types/Result.sol";
import {Reliance} from "./types/State.sol";
import {BatchJudge} from "./libraries/BatchJudge.sol";
import {Channels} from "./libraries/Channels.sol";
import {Exposures} from "./libraries/Exposures.sol";
import {SortedTree} from "./libraries/SortedTree.sol";

/// @title BatchSettler
/// @notice See `IBatchSettler`; reads top to bottom along a batch's life. What receipts say is the judge's to tell.
contract BatchSettler is Channels {
    using BitMaps for BitMaps.BitMap;
    using Exposures for Exposure;
    using SafeCast for uint256;

    /// @dev A proposer could choose between a hash and the next only by giving up its block.
    uint40 private constant DRAW_DELAY = 4;
    /// @dev Where the flags of wrong sums begin, behind those of void receipts.
    uint256 private constant SUMS = 1 << 40;

    uint80 private immutable SIGNER_PENALTY;
    uint80 private immutable DEMAND_BOND;
    uint40 private immutable RESPONSE_WINDOW;
    /// @dev The longest that a batch can be challenged, and how long an epoch of exposures is.
    uint40 private immutable LONGEST_CHALLENGE;
    address private immutable JUDGE;

    mapping(address node => mapping(bytes32 modelId => Exposure)) private _pledges;
    mapping(address signer => Exposure) private _signers;
    mapping(bytes32 batchId => Batch) private _batches;
    mapping(bytes32 batchId => BitMaps.BitMap) private _void;
    mapping(bytes32 batchId => mapping(uint40 position => Demand)) private _demands;
    mapping(bytes32 commitment => uint256 blockNumber) private _commitments;

    constructor(IInferenceMarket market, BatchParameters memory p) Channels(market) {
        uint40 longest = CHALLENGE_WINDOW + 2 * p.responseWindow;
        uint40 unbondingPeriod = NODES.unbondingPeriod();
        if (p.responseWindow == 0 || p.demandBond == 0) revert BatchParametersInvalid();
        if (unbondingPeriod <= longest) revert INodeRegistry.UnbondingPeriodTooShort(unbondingPeriod, longest);

        SIGNER_PENALTY = p.signerPenalty;
        DEMAND_BOND = p.demandBond;
        RESPONSE_WINDOW = p.responseWindow;
        LONGEST_CHALLENGE = longest;
        JUDGE = address(new BatchJudge(market, longest, _domainSeparatorV4()));
    }

    /* POST */

    /// @inheritdoc IBatchSettler
    function pledge(bytes32 modelId, uint80 amount) external nonReentrant {
        _pledges[msg.sender][modelId].held += amount;
        emit Pledged(msg.sender, modelId, amount);

        NODES.lockBond(msg.sender, modelId, amount);
    }

    /// @inheritdoc IBatchSettler
    function unpledge(bytes32 modelId, uint80 amount) external nonReentrant {
        Exposure storage pledged = _pledges[msg.sender][modelId];
        uint256 free = pledged.free(_epoch());
        if (amount > free) revert PledgeInsufficient(free, amount);

        pledged.held -= amount;
        emit Unpledged(msg.sender, modelId, amount);

        NODES.unlockBond(msg.sender, modelId, amount);
    }

    /// @inheritdoc IBatchSettler
    function post(
        Posting calldata posting,
        Voucher[] calldata vouchers
    ) external nonReentrant returns (bytes32 batchId) {
        if (block.timestamp >= posting.postBy) revert PostingLate(posting.postBy);
        if (posting.dataNode != address(0) && !NODES.isActive(posting.dataNode, Role.DATA)) {
            revert BatchDataNodeInvalid(posting.dataNode);
        }

        // Effect: the channels, one write each.
        Header memory header = _claim(vouchers);
        uint256 total = uint256(header.charge) + header.refusedCharge;
        if (posting.provenCharge > total) revert ProvenChargeAboveCharge(posting.provenCharge, total);
        header.node = msg.sender;
        header.modelId = posting.modelId;
        header.dataNode = posting.dataNode;
        header.root = posting.root;
        header.provenCharge = posting.provenCharge;
        header.provenValue = posting.provenValue;
        header.claimBond = posting.claimBond;
        // The casts are exact until the year 36,812, and for more blocks than that.
        header.postedAt = uint40(block.timestamp);
        header.drawBlock = uint40(block.number) + DRAW_DELAY;

        // Effect: what can be lost on the batch, and the batch.
        _expose(posting.modelId, uint256(_termsOf(posting.modelId).bond) + posting.claimBond);
        batchId = keccak256(abi.encode(header));
        _batches[batchId].state = BatchState.POSTED;
        emit BatchPosted(batchId, msg.sender, header);
    }

    /// @dev Draws on the channels of all vouchers that hold.
    /// @return header With what follows from the vouchers.
    function _claim(Voucher[] calldata vouchers) private returns (Header memory header) {
        bytes32 domain = _domainSeparatorV4();
        bytes32[] memory parts = new bytes32[](2 * vouchers.length);
        uint256 start;
        // Of all parts before.
        uint256 charge;
        for (uint256 i = 0; i < vouchers.length; ++i) {
            Voucher calldata voucher = vouchers[i];
            (uint256 fromCount, uint256 toCount) = (voucher.fromCount, voucher.toCount);
            (uint256 fromCharge, uint256 toCharge) = (voucher.fromCharge, voucher.toCharge);
            if (toCount <= fromCount || toCharge < fromCharge) revert VoucherRangeInvalid(i);

            (address signer, bytes4 reason) = _draw(domain, voucher, fromCount, toCount, fromCharge, toCharge);
            // The hash of the voucher's `Part`.
            parts[i] = EfficientHashLib.hash(
                uint160(voucher.client),
                uint160(signer),
                fromCount,
                toCount,
                fromCharge,
                toCharge,
                start,
                charge
            );
            // Any part that was accepted: its root follows.
            if (signer != address(0)) header.partsRoot = parts[i];
            else _refuse(header, voucher.client, i, reason, toCharge - fromCharge);
            unchecked {
                // Ranges go up, as checked, and no transaction carries enough vouchers to fill a word.
                start += toCount - fromCount;
                charge += toCharge - fromCharge;
            }
        }
        // The same batch could else be posted twice.
        if (header.partsRoot == 0) revert VouchersAllRefused();
        header.partsRoot = SortedTree.rootOf(parts, vouchers.length);
        header.count = start.toUint40();
        header.charge = charge.toUint80() - header.refusedCharge;
    }

    function _refuse(Header memory header, address client, uint256 index, bytes4 reason, uint256 charge) private {
        header.refusedCharge = (header.refusedCharge + charge).toUint80();
        emit VoucherRefused(client, msg.sender, index, reason);
    }

    function _expose(bytes32 modelId, uint256 amount) private {
        Exposure storage pledged = _pledges[msg.sender][modelId];
        uint256 free = pledged.free(_epoch());
        if (amount > free) revert PledgeInsufficient(free, amount);

        pledged.add(_epoch(), amount, 0);
    }

    /// @dev The number of the current epoch of exposures.
    function _epoch() private view returns (uint256) {
        return block.timestamp / LONGEST_CHALLENGE;
    }

    /* COMMITTEE */

    /// @inheritdoc IBatchSettler
    function countersign(Header calldata header, Countersignature[] calldata) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        if (batch.state != BatchState.POSTED) revert BatchStateMismatch(batchId);
        if (batch.faulty) revert BatchFaulty(batchId);
        _requireWindow(header, batchId);
        (address[] memory signers, uint256[] memory stakes) = abi.decode(
            _ask(IBatchJudge.signersOf.selector),
            (address[], uint256[])
        );
        // The cast is exact: a committee has five.
        uint128 count = uint128(signers.length);

        // Compute: the proven receipts of accepted vouchers, up to what all signers can cover alike.
        uint256 unpaid = header.charge - batch.returned;
        uint256 provable = Math.saturatingSub(header.provenCharge, header.refusedCharge);
        uint256 value = provable + header.provenValue;
        uint256 epoch = _epoch();
        uint256 cover = Math.min(Math.ceilDiv(value, count), _leastOf(signers, stakes, epoch));
        if (cover == 0) revert NothingCovered(batchId);
        // The cast is exact: it is at most the charge.
        uint128 paid = uint128(Math.min(Math.min(provable, unpaid), cover * count));
        bool secured = cover * count >= value && paid == provable;

        // Effect:
        batch.state = secured ? BatchState.SECURED : BatchState.COUNTERSIGNED;
        batch.signersHash = _signersHash(signers);
        if (!secured) batch.paid = uint80(paid);
        uint128 each = _payChecked(header.node, header.dataNode, paid, count);
        for (uint256 i = 0; i < count; ++i) _signers[signers[i]].add(epoch, cover + SIGNER_PENALTY, each);
        emit BatchCountersigned(batchId, signers, paid, cover, secured);
    }

    /// @return least What each of them can lose at least, besides its penalty and what open batches can cost it.
    function _leastOf(
        address[] memory signers,
        uint256[] memory stakes,
        uint256 epoch
    ) private view returns (uint256 least) {
        least = type(uint256).max;
        for (uint256 i = 0; i < signers.length; ++i) {
            (, uint256 current, uint256 previous) = _signers[signers[i]].read(epoch);
            uint256 free = Math.saturatingSub(stakes[i], current + previous);
            if (free <= SIGNER_PENALTY) revert SignerStakeInsufficient(signers[i], free, uint256(SIGNER_PENALTY) + 1);
            least = Math.min(least, free - SIGNER_PENALTY);
        }
    }

    /// @dev What the judge says to the arguments of this call, which its function takes in the same order.
    function _ask(bytes4 selector) private view returns (bytes memory) {
        return Address.functionStaticCall(JUDGE, bytes.concat(selector, msg.data[4:]));
    }

    function _signersHash(address[] memory signers) private pure returns (bytes15) {
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(add(signers, 32), shl(5, mload(signers)))
        }
        return bytes15(hash);
    }

    /// @inheritdoc IBatchSettler
    function collectSigner(address signer) external nonReentrant {
        uint80 amount = _signers[signer].held;
        if (amount == 0) revert AmountZero();
        address payout = NODES.payoutOf(signer);

        _signers[signer].held = 0;
        emit SignerCollected(signer, payout, amount);
        MARKET.transfer(payout, amount);
    }

    /// @inheritdoc IBatchSettler
    function finalize(Header calldata header) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        _requireUnpaid(batch, batchId);
        uint40 end = header.postedAt + CHALLENGE_WINDOW;
        if (batch.demands != 0) end = header.postedAt + LONGEST_CHALLENGE;
        else if (batch.heldUntil > end) end = batch.heldUntil;
        if (block.timestamp < end) revert BatchWindowOpen(batchId, end);

        // The cast is exact: it is at most the charge.
        uint128 rest = uint128(_unpaidOf(header, batch));
        batch.state = BatchState.FINAL;
        emit BatchFinal(batchId, rest);
        _pay(header.node, header.dataNode, rest);
    }

    function _requireUnpaid(Batch storage batch, bytes32 batchId) private view {
        if (batch.state == BatchState.FINAL) revert BatchStateMismatch(batchId);
    }

    /// @dev What the batch still has.
    function _unpaidOf(Header calldata header, Batch storage batch) private view returns (uint256) {
        return header.charge - _paidOf(header, batch) - batch.returned;
    }

    function _paidOf(Header calldata header, Batch storage batch) private view returns (uint256) {
        BatchState state = batch.state;
        if (state == BatchState.POSTED) return 0;
        if (state != BatchState.SECURED) return batch.paid;
        return Math.saturatingSub(header.provenCharge, header.refusedCharge);
    }

    /* FAULTS */

    /// @inheritdoc IBatchSettler
    function commitChallenge(bytes32 commitment) external {
        if (_commitments[commitment] != 0) revert FaultCommitmentExists(commitment);

        _commitments[commitment] = block.number;
        emit ChallengeCommitted(msg.sender, commitment);
    }

    /// @inheritdoc IBatchSettler
    function challenge(
        Header calldata header,
        Place calldata,
        address[] calldata signers,
        Opening[] calldata leaves,
        Fault fault,
        bytes32 salt
    ) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Loss memory loss = abi.decode(_ask(IBatchJudge.lossByFault.selector), (Loss));
        uint40 position = leaves[0].position;
        // Check: committed in an earlier block, so that it was not copied from the mempool, and in time.
        bytes32 commitment = challengeCommitment(msg.sender, batchId, position, fault, salt);
        uint256 committedAt = _commitments[commitment];
        if (committedAt == 0 || committedAt == block.number) revert FaultUncommitted(commitment);
        _requireChallengeable(header, batch, batchId, position);

        delete _commitments[commitment];
        if (fault != Fault.WRONG_SUM) {
            _makeVoid(batch, batchId, position);
        } else {
            // A receipt that is void already may still be where the sums went wrong.
            if (_void[batchId].get(SUMS + position)) revert ReceiptVoid(batchId, position);
            _void[batchId].set(SUMS + position);
            if (_isVoid(batch, batchId, position)) (loss.charge, loss.value) = (0, 0);
            else _makeVoid(batch, batchId, position);
        }
        emit FaultShown(batchId, position, msg.sender, fault);
        _settleLoss(header, batch, batchId, signers, loss);
    }

    /// @dev Until the window closes, or after a late answer for another response window.
    function _requireChallengeable(
        Header calldata header,
        Batch storage batch,
        bytes32 batchId,
        uint40 position
    ) private view {
        _requireUnpaid(batch, batchId);
        if (block.timestamp < header.postedAt + CHALLENGE_WINDOW) return;
        uint40 revealedAt = _demands[batchId][position].revealedAt;
        if (revealedAt == 0 || block.timestamp >= revealedAt + RESPONSE_WINDOW) _requireWindow(header, batchId);
    }

    function _requireWindow(Header calldata header, bytes32 batchId) private view {
        uint40 end = header.postedAt + CHALLENGE_WINDOW;
        if (block.timestamp >= end) revert BatchWindowClosed(batchId, end);
    }

    /// @dev The first one is in the slot that changes anyway.
    function _makeVoid(Batch storage batch, bytes32 batchId, uint40 position) private {
        if (_isVoid(batch, batchId, position)) revert ReceiptVoid(batchId, position);
        if (batch.firstVoid == 0) batch.firstVoid = position + 1;
        else _void[batchId].set(position);
    }

    function _isVoid(Batch storage batch, bytes32 batchId, uint40 position) private view returns (bool) {
        uint40 first = batch.firstVoid;
        return first != 0 && (first == position + 1 || _void[batchId].get(position));
    }

    /// @dev Makes the client whole, first from what the batch still has, then from what the others lose.
    function _settleLoss(
        Header calldata header,
        Batch storage batch,
        bytes32 batchId,
        address[] calldata signers,
        Loss memory loss
    ) private {
        bytes15 signersHash = batch.signersHash;
        if (signersHash == 0 ? signers.length != 0 : signersHash != _signersHash(signers)) {
            revert SignersMismatch(batchId);
        }
        // Compute: sums that lie could make it more than the batch ever had. The casts below are exact: no part of the charge, nor
        // what signers and node can lose on a batch, is above 128 bits.
        uint256 compensated = _compensatedOf(batch);
        uint256 due = Math.min(loss.charge + loss.excess, uint256(header.charge) - batch.returned - compensated);
        uint256 refund = Math.min(due, _unpaidOf(header, batch));

        // Effect: what the batch has goes back to where it came from.
        if (refund != 0) {
            batch.returned += uint80(refund);
            _giveBack(loss.client, header.node, loss.signer, refund);
        }

        // Interaction: the registry takes the rest of those who are to blame, all at once.
        uint128 compensation;
        uint128 reward;
        Penalty memory penalty = _penaltyOf(header, batch, signers, due - refund, loss);
        if (penalty.bond != 0 || penalty.each != 0) {
            (compensation, reward) = NODES.slash(penalty);
            if (compensation != 0) batch.compensated = uint80(compensated + compensation);
        }
        emit LossSettled(batchId, loss.client, refund, compensation, reward);
    }

    /// @dev Before a quorum nothing was paid that clients could have been compensated for.
    function _compensatedOf(Batch storage batch) private view returns (uint256) {
        return batch.state == BatchState.POSTED ? 0 : batch.compensated;
    }

    /// @dev The first fault costs the node the model's bond and each signer its penalty; `owed` comes from these, then from
    /// what the signers cover. Half of what they leave is the reward. An excused loss costs what is owed, and nothing more.
    function _penaltyOf(
        Header calldata header,
        Batch storage batch,
        address[] calldata signers,
        uint256 owed,
        Loss memory loss
    ) private returns (Penalty memory penalty) {
        penalty.node = header.node;
        penalty.modelId = header.modelId;
        penalty.injured = loss.client;
        penalty.finder = msg.sender;
        penalty.owed = uint128(owed);
        bool first = !batch.faulty;
        uint256 fromBond;
        if (first && (owed != 0 || !loss.excused)) {
            // Until the first fault the bond has lost what excused losses cost, which are all that was compensated.
            uint256 bond = Math.saturatingSub(_termsOf(header.modelId).bond, _compensatedOf(batch));
            fromBond = Math.min(owed, bond);
            penalty.bond = uint128(loss.excused ? fromBond : bond);
            penalty.bondKept = uint128(fromBond + (penalty.bond - fromBond) / 2);
            _takePledge(header, penalty.bond);
        }
        if (!loss.excused) batch.faulty = true;
        uint256 count = signers.length;
        if (count == 0) return penalty;

        // Each signer's part of what is still owed, and of the value that nobody may rely on any more.
        uint256 missing = Math.ceilDiv(owed - fromBond, count);
        uint256 lost = Math.max(missing, first && !loss.excused ? SIGNER_PENALTY : 0);
        uint256 burned = loss.excused ? 0 : _loseValue(header, batch, loss.value) / count;
        penalty.signers = signers;
        penalty.each = uint128(lost + burned);
        penalty.eachKept = uint128(missing + (lost - missing) / 2);
    }

    /// @dev What was lost or extracted backs no other batch.
    function _takePledge(Header calldata header, uint256 amount) private {
        _pledges[header.node][header.modelId].lose(_epoch(), header.postedAt / LONGEST_CHALLENGE, amount);
    }

    /// @dev Declared values were final only in a secured batch, and never more than its header says.
    function _loseValue(Header calldata header, Batch storage batch, uint256 value) private returns (uint256 lost) {
        if (value == 0 || batch.state != BatchState.SECURED) return 0;
        lost = Math.min(value, header.provenValue - batch.lostValue);
        // The cast is exact: it is at most the header's.
        batch.lostValue += uint80(lost);
    }

    /// @inheritdoc IBatchSettler
    function extract(Header calldata header, Place calldata, Opening calldata opening) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        (uint256 charge, uint256 bond) = abi.decode(_ask(IBatchJudge.claimOf.selector), (uint256, uint256));
        _requireChallengeable(header, batch, batchId, opening.position);
        _makeVoid(batch, batchId, opening.position);
        uint256 unpaid = _unpaidOf(header, batch);
        if (charge > unpaid) revert ClaimUncovered(unpaid, charge);
        uint256 bonds = header.claimBond - batch.extractedBond;
        if (bond > bonds) revert ClaimUncovered(bonds, bond);

        // Effect: the casts are exact, both are at most what the batch has.
        batch.returned += uint80(charge);
        batch.extractedBond += uint80(bond);
        _takePledge(header, bond);
        Request calldata request = opening.receipt.request;
        emit ReceiptExtracted(batchId, opening.position, _idOf(request));

        // Interaction: the bond stays locked for the market.
        Result memory result = Result(opening.receipt.outputCommitment, opening.receipt.units, header.node);
        uint40 revealedAt = _demands[batchId][opening.position].revealedAt;
        // The cast is exact until 2106.
        MARKET.enterClaim(request, result, uint32(revealedAt == 0 ? header.postedAt : revealedAt));
    }

    /// @inheritdoc IBatchSettler
    function demand(Header calldata header, uint40 position) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Demand storage asked = _demands[batchId][position];
        _requireUnpaid(batch, batchId);
        _requireWindow(header, batchId);
        if (position >= header.count) revert ReceiptNotIncluded(position);
        if (_isVoid(batch, batchId, position)) revert ReceiptVoid(batchId, position);
        if (asked.by != address(0)) revert DemandExists(batchId, position);

        asked.by = msg.sender;
        asked.until = uint40(block.timestamp) + RESPONSE_WINDOW;
        ++batch.demands;
        emit ReceiptDemanded(batchId, position, msg.sender, asked.until);

        MARKET.take(msg.sender, DEMAND_BOND);
    }

    /// @inheritdoc IBatchSettler
    function reveal(Header calldata header, Opening calldata opening) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Demand storage asked = _openDemand(batch, batchId, opening.position);
        if (block.timestamp >= asked.until) revert DemandClosed(batchId, opening.position, asked.until);
        _ask(IBatchJudge.requireIncluded.selector);

        // The casts are exact until 2106.
        asked.revealedAt = uint40(block.timestamp);
        batch.heldUntil = uint32(block.timestamp) + uint32(RESPONSE_WINDOW);
        --batch.demands;
        emit ReceiptRevealed(batchId, opening.position);
        MARKET.transfer(msg.sender, DEMAND_BOND);
    }

    /// @inheritdoc IBatchSettler
    function lapse(
        Header calldata header,
        Place calldata,
        address[] calldata signers,
        uint40 first,
        uint40 last,
        Opening[] calldata
    ) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        // Check: what may be lost is still exposed.
        uint40 end = header.postedAt + LONGEST_CHALLENGE;
        if (block.timestamp >= end) revert BatchWindowClosed(batchId, end);
        Loss memory loss = abi.decode(_ask(IBatchJudge.lossBySilence.selector), (Loss));

        for (uint40 position = first; position <= last; ++position) {
            Demand storage asked = _openDemand(batch, batchId, position);
            if (block.timestamp < asked.until) revert DemandOpen(batchId, position, asked.until);
            --batch.demands;
            _makeVoid(batch, batchId, position);
            _returnDemand(batchId, position);
        }
        emit ReceiptsLapsed(batchId, first, last);
        _settleLoss(header, batch, batchId, signers, loss);
    }

    /// @inheritdoc IBatchSettler
    function returnDemand(bytes32 batchId, uint40 position) external nonReentrant {
        Demand storage asked = _demands[batchId][position];
        if (asked.by == address(0)) revert DemandMissing(batchId, position);
        if (asked.revealedAt != 0) revert DemandAnswered(batchId, position);
        if (_batches[batchId].state != BatchState.FINAL) revert DemandOpen(batchId, position, asked.until);

        _returnDemand(batchId, position);
    }

    function _openDemand(
        Batch storage batch,
        bytes32 batchId,
        uint40 position
    ) private view returns (Demand storage asked) {
        asked = _demands[batchId][position];
        _requireUnpaid(batch, batchId);
        if (asked.by == address(0)) revert DemandMissing(batchId, position);
        if (asked.revealedAt != 0) revert DemandAnswered(batchId, position);
    }

    function _returnDemand(bytes32 batchId, uint40 position) private {
        address by = _demands[batchId][position].by;
        delete _demands[batchId][position];
        emit DemandReturned(batchId, position, by);

        MARKET.transfer(by, DEMAND_BOND);
    }

    /* VIEWS */

    /// @inheritdoc IBatchSettler
    function requireFinal(
        Header calldata header,
        Place calldata,
        Opening calldata opening,
        Reliance calldata
    ) external view {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Entry memory entry = abi.decode(_ask(IBatchJudge.entryOf.selector), (Entry));
        if (_isVoid(batch, batchId, opening.position)) revert ReceiptVoid(batchId, opening.position);
        if (batch.state != BatchState.FINAL && !(batch.state == BatchState.SECURED && entry.proven)) {
            revert ReceiptNotFinal(batchId, opening.position);
        }
    }

    /// @inheritdoc IBatchSettler
    function batchOf(bytes32 batchId) external view returns (Batch memory) {
        return _batches[batchId];
    }

    /// @inheritdoc IBatchSettler
    function isVoid(bytes32 batchId, uint40 position) external view returns (bool) {
        return _isVoid(_batches[batchId], batchId, position);
    }

    /// @inheritdoc IBatchSettler
    function demandOf(bytes32 batchId, uint40 position) external view returns (Demand memory) {
        return _demands[batchId][position];
    }

    /// @inheritdoc IBatchSettler
    function pledgeOf(address node, bytes32 modelId) external view returns (Exposure memory) {
        return _pledges[node][modelId].inEpoch(_epoch());
    }

    /// @inheritdoc IBatchSettler
    function signerOf(address signer) external view returns (Exposure memory) {
        return _signers[signer].inEpoch(_epoch());
    }

    /// @inheritdoc IBatchSettler
    function challengeCommitment(
        address challenger,
        bytes32 batchId,
        uint40 position,
        Fault fault,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), challenger, batchId, position, fault, salt));
    }

    /// @inheritdoc IBatchSettler
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IBatchSettler
    function parameters() external view returns (BatchParameters memory) {
        return BatchParameters(SIGNER_PENALTY, DEMAND_BOND, RESPONSE_WINDOW);
    }

    /// @inheritdoc IBatchSettler
    function judge() external view returns (address) {
        return JUDGE;
    }

    function _batchOf(Header calldata header) private view returns (bytes32 batchId, Batch storage batch) {
        batchId = header.hashOf();
        batch = _batches[batchId];
        if (batch.state == BatchState.NONE) revert BatchUnknown(batchId);
    }
}
