// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IBatchJudge} from "./interfaces/IBatchJudge.sol";
import {BatchParameters, IBatchSettler} from "./interfaces/IBatchSettler.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {Batch, BatchState, Countersignature, Demand, Header, Part, Posting, Voucher} from "./types/Batch.sol";
import {Exposure} from "./types/Exposure.sol";
import {Role} from "./types/Node.sol";
import {Entry, Fault, Loss, Opening} from "./types/Receipt.sol";
import {Request} from "./types/Request.sol";
import {Result} from "./types/Result.sol";
import {Reliance} from "./types/State.sol";
import {BatchJudge} from "./libraries/BatchJudge.sol";
import {Channels} from "./libraries/Channels.sol";
import {Exposures} from "./libraries/Exposures.sol";
import {Receipts} from "./libraries/Receipts.sol";

/// @title BatchSettler
/// @notice See `IBatchSettler`; reads top to bottom along a batch's life. What receipts say is the judge's to tell.
contract BatchSettler is Channels {
    using BitMaps for BitMaps.BitMap;
    using Exposures for Exposure;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

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
        JUDGE = address(new BatchJudge(market, longest));
        // Slashed stake arrives here as tokens and leaves at once by deposits.
        IERC20(market.token()).forceApprove(address(market), type(uint256).max);
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
        Exposure memory pledged = pledgeOf(msg.sender, modelId);
        if (amount > pledged.free()) revert PledgeInsufficient(pledged.free(), amount);

        pledged.held -= amount;
        _pledges[msg.sender][modelId] = pledged;
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
        uint256 count;
        uint256 charge;
        uint256 refusedCharge;
        bool accepted;
        for (uint256 i = 0; i < vouchers.length; ++i) {
            // In memory, because each field is read several times.
            Voucher memory voucher = vouchers[i];
            if (voucher.toCount <= voucher.fromCount || voucher.toCharge < voucher.fromCharge) {
                revert VoucherRangeInvalid(i);
            }
            (address signer, bytes4 reason) = _draw(domain, voucher);
            unchecked {
                // Ranges go up, as checked, and no transaction carries enough vouchers to fill a word.
                count += voucher.toCount - voucher.fromCount;
                uint256 part = voucher.toCharge - voucher.fromCharge;
                if (reason == 0) charge += part;
                else refusedCharge += part;
            }
            if (reason == 0) {
                accepted = true;
            } else {
                signer = address(0);
                emit VoucherRefused(voucher.client, msg.sender, i, reason);
            }
            header.clientsHash = Receipts.chained(
                header.clientsHash,
                Part(voucher.client, signer, voucher.fromCount, voucher.toCount, voucher.fromCharge, voucher.toCharge)
            );
        }
        // The same batch could else be posted twice.
        if (!accepted) revert VouchersAllRefused();
        header.count = count.toUint40();
        header.charge = charge.toUint80();
        header.refusedCharge = refusedCharge.toUint80();
    }

    function _expose(bytes32 modelId, uint256 amount) private {
        Exposure memory pledged = pledgeOf(msg.sender, modelId);
        if (amount > pledged.free()) revert PledgeInsufficient(pledged.free(), amount);

        pledged.add(amount);
        _pledges[msg.sender][modelId].write(pledged);
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
        (Exposure[] memory exposures, uint256 free) = _freeOf(signers, stakes);
        uint256 cover = Math.min(Math.ceilDiv(value, count), free - SIGNER_PENALTY);
        if (cover == 0) revert NothingCovered(batchId);
        // The cast is exact: it is at most the charge.
        uint128 paid = uint128(Math.min(Math.min(provable, unpaid), cover * count));
        bool secured = cover * count >= value && paid == provable;

        // Effect:
        batch.state = secured ? BatchState.SECURED : BatchState.COUNTERSIGNED;
        batch.signersHash = _signersHash(signers);
        if (!secured) batch.paid = uint80(paid);
        uint128 each = _payChecked(header.node, header.dataNode, paid, count);
        for (uint256 i = 0; i < count; ++i) {
            exposures[i].add(cover + SIGNER_PENALTY);
            exposures[i].held = (uint256(exposures[i].held) + each).toUint80();
            _signers[signers[i]].write(exposures[i]);
        }
        emit BatchCountersigned(batchId, signers, paid, cover, secured);
    }

    /// @return exposures Of each signer, as of now.
    /// @return least What each of them can lose at least, apart from what open batches can cost it.
    function _freeOf(
        address[] memory signers,
        uint256[] memory stakes
    ) private view returns (Exposure[] memory exposures, uint256 least) {
        exposures = new Exposure[](signers.length);
        least = type(uint256).max;
        for (uint256 i = 0; i < signers.length; ++i) {
            exposures[i] = signerOf(signers[i]);
            uint256 free = Math.saturatingSub(stakes[i], exposures[i].sum());
            if (free <= SIGNER_PENALTY) revert SignerStakeInsufficient(signers[i], free, uint256(SIGNER_PENALTY) + 1);
            least = Math.min(least, free);
        }
    }

    /// @dev What the judge says to the arguments of this call, which its function takes in the same order.
    function _ask(bytes4 selector) private view returns (bytes memory) {
        return Address.functionStaticCall(JUDGE, bytes.concat(selector, msg.data[4:]));
    }

    function _signersHash(address[] memory signers) private pure returns (bytes24) {
        return bytes24(keccak256(abi.encode(signers)));
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
        if (batch.state != BatchState.SECURED) return batch.paid;
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
        Part[] calldata,
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
            _makeVoid(batchId, position);
        } else {
            // A receipt that is void already may still be where the sums went wrong.
            _makeVoid(batchId, SUMS + position);
            if (_void[batchId].get(position)) (loss.charge, loss.value) = (0, 0);
            else _void[batchId].set(position);
        }
        emit FaultShown(batchId, position, msg.sender, fault);
        _settleLoss(header, batch, batchId, signers, loss);
    }

    /// @dev Until the window closes, or after a late answer for another response window.
    /// @return clock Unix seconds: when the receipt's window began.
    function _requireChallengeable(
        Header calldata header,
        Batch storage batch,
        bytes32 batchId,
        uint40 position
    ) private view returns (uint40 clock) {
        _requireUnpaid(batch, batchId);
        uint40 revealedAt = _demands[batchId][position].revealedAt;
        if (revealedAt == 0 || block.timestamp >= revealedAt + RESPONSE_WINDOW) _requireWindow(header, batchId);
        return revealedAt == 0 ? header.postedAt : revealedAt;
    }

    function _requireWindow(Header calldata header, bytes32 batchId) private view {
        uint40 end = header.postedAt + CHALLENGE_WINDOW;
        if (block.timestamp >= end) revert BatchWindowClosed(batchId, end);
    }

    /// @param flag A position, or one of the sums after all positions.
    function _makeVoid(bytes32 batchId, uint256 flag) private {
        if (_void[batchId].get(flag)) revert ReceiptVoid(batchId, uint40(flag));
        _void[batchId].set(flag);
    }

    /// @dev Makes the client whole, first from what the batch still has, then from what the others lose.
    function _settleLoss(
        Header calldata header,
        Batch storage batch,
        bytes32 batchId,
        address[] calldata signers,
        Loss memory loss
    ) private {
        bytes24 signersHash = batch.signersHash;
        if (signersHash == 0 ? signers.length != 0 : signersHash != _signersHash(signers)) {
            revert SignersMismatch(batchId);
        }
        // Compute: sums that lie could make it more than the batch ever had. The casts below are exact: no part of the charge, nor
        // what signers and node can lose on a batch, is above 128 bits.
        uint256 left = uint256(header.charge) - batch.returned - batch.compensated;
        uint256 due = Math.min(loss.charge + loss.excess, left);
        uint256 refund = Math.min(due, _unpaidOf(header, batch));
        uint256 owed = due - refund;
        batch.returned += uint80(refund);

        // Interaction: with the registry, then with the market.
        (uint256 compensation, uint256 reward) = _slash(header, batch, signers, owed, loss.value);
        if (compensation != 0) batch.compensated += uint80(compensation);
        emit LossSettled(batchId, loss.client, refund + compensation, reward);
        if (refund != 0) MARKET.transfer(loss.client, uint128(refund));
        if (compensation != 0) MARKET.deposit(loss.client, uint128(compensation));
        if (reward != 0) MARKET.deposit(msg.sender, uint128(reward));
    }

    /// @dev The first fault costs the node the model's bond and each signer its penalty; `owed` comes from these, then from
    /// what the signers cover. Half of what they leave is the reward.
    /// @return compensation Token units for the client: what is owed, unless signers have less than they cover.
    function _slash(
        Header calldata header,
        Batch storage batch,
        address[] calldata signers,
        uint256 owed,
        uint256 value
    ) private returns (uint256 compensation, uint256 reward) {
        bool first = !batch.faulty;
        uint256 recovered;
        if (first) {
            batch.faulty = true;
            uint256 bond = _termsOf(header.modelId).bond;
            compensation = Math.min(owed, bond);
            recovered = compensation + (bond - compensation) / 2;
            _takePledge(header, bond);
            NODES.slashBond(header.node, header.modelId, uint128(bond), uint128(recovered));
        }
        if (signers.length == 0) return (compensation, recovered - compensation);

        // Compute: each signer's part of what is still owed, and of the value that nobody may rely on any more.
        uint256 missing = Math.ceilDiv(owed - compensation, signers.length);
        uint256 lost = Math.max(missing, first ? SIGNER_PENALTY : 0);
        uint256 kept = missing + (lost - missing) / 2;
        uint256 burned = _loseValue(header, batch, value) / signers.length;
        for (uint256 i = 0; i < signers.length; ++i) {
            uint256 slashed = NODES.slashStake(signers[i], uint128(lost + burned), uint128(kept));
            recovered += Math.min(slashed, kept);
        }
        compensation = Math.min(owed, recovered);
        reward = recovered - compensation;
    }

    /// @dev What was lost or extracted backs no other batch.
    function _takePledge(Header calldata header, uint256 amount) private {
        Exposure memory pledged = pledgeOf(header.node, header.modelId);
        pledged.lose(header.postedAt / LONGEST_CHALLENGE, amount);
        _pledges[header.node][header.modelId] = pledged;
    }

    /// @dev Declared values were final only in a secured batch, and never more than its header says.
    function _loseValue(Header calldata header, Batch storage batch, uint256 value) private returns (uint256 lost) {
        if (value == 0 || batch.state != BatchState.SECURED) return 0;
        lost = Math.min(value, header.provenValue - batch.lostValue);
        // The cast is exact: it is at most the header's.
        batch.lostValue += uint80(lost);
    }

    /// @inheritdoc IBatchSettler
    function extract(Header calldata header, Part[] calldata, Opening calldata opening) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Entry memory entry = abi.decode(_ask(IBatchJudge.claimOf.selector), (Entry));
        uint40 clock = _requireChallengeable(header, batch, batchId, opening.position);
        uint256 unpaid = _unpaidOf(header, batch);
        if (entry.charge > unpaid) revert ClaimUncovered(unpaid, entry.charge);
        uint256 bond = header.claimBond - batch.extractedBond;
        if (entry.bond > bond) revert ClaimUncovered(bond, entry.bond);

        // Effect: the casts are exact, both are at most what the batch has; that of the clock is until 2106.
        _makeVoid(batchId, opening.position);
        batch.returned += uint80(entry.charge);
        batch.extractedBond += uint80(entry.bond);
        _takePledge(header, entry.bond);
        Request calldata request = opening.receipt.request;
        emit ReceiptExtracted(batchId, opening.position, _idOf(request));

        // Interaction: the bond stays locked for the market.
        Result memory result = Result(opening.receipt.outputCommitment, opening.receipt.units, header.node);
        MARKET.enterClaim(request, result, uint32(clock));
    }

    /// @inheritdoc IBatchSettler
    function demand(Header calldata header, uint40 position) external nonReentrant {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Demand storage asked = _demands[batchId][position];
        _requireUnpaid(batch, batchId);
        _requireWindow(header, batchId);
        if (position >= header.count) revert ReceiptNotIncluded(position);
        if (_void[batchId].get(position)) revert ReceiptVoid(batchId, position);
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
        Part[] calldata,
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
            _makeVoid(batchId, position);
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
        Part[] calldata,
        Opening calldata opening,
        Reliance calldata
    ) external view {
        (bytes32 batchId, Batch storage batch) = _batchOf(header);
        Entry memory entry = abi.decode(_ask(IBatchJudge.entryOf.selector), (Entry));
        if (_void[batchId].get(opening.position)) revert ReceiptVoid(batchId, opening.position);
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
        return _void[batchId].get(position);
    }

    /// @inheritdoc IBatchSettler
    function demandOf(bytes32 batchId, uint40 position) external view returns (Demand memory) {
        return _demands[batchId][position];
    }

    /// @inheritdoc IBatchSettler
    function pledgeOf(address node, bytes32 modelId) public view returns (Exposure memory) {
        return _pledges[node][modelId].rolled(block.timestamp / LONGEST_CHALLENGE);
    }

    /// @inheritdoc IBatchSettler
    function signerOf(address signer) public view returns (Exposure memory) {
        return _signers[signer].rolled(block.timestamp / LONGEST_CHALLENGE);
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
        batchId = keccak256(abi.encode(header));
        batch = _batches[batchId];
        if (batch.state == BatchState.NONE) revert BatchUnknown(batchId);
    }
}
