// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Batch, Channel, Countersignature, Demand, Header, Place, Posting, Voucher} from "../types/Batch.sol";
import {Exposure} from "../types/Exposure.sol";
import {Fault, Opening} from "../types/Receipt.sol";
import {RequestId} from "../types/RequestId.sol";
import {Reliance} from "../types/State.sol";
import {INodeEarnings} from "./INodeEarnings.sol";
import {IReceiptErrors} from "./IReceiptErrors.sol";

/// @notice What a batch settler is deployed with; nobody can change it.
struct BatchParameters {
    uint80 signerPenalty; // token units a signer loses for a faulty batch, besides what it covers
    uint80 demandBond; // token units for showing a receipt that is asked for
    uint40 responseWindow; // seconds to show a receipt, and again to challenge what was shown
}

/// @title Batches of receipts: one transaction settles any number of requests
/// @notice A client escrows money for a node and signs each request, and vouchers that allow charges up to a maximum. The
/// node posts the root of its receipts with the vouchers it claims; a drawn committee countersigns; what has TEE or ZKML
/// evidence is then paid and final as far as the signers can lose as much, the rest when the challenge window has closed. A faulty
/// receipt is void for itself: its client is made whole, the node and the signers lose, the others stand.
/// @dev Everything works without a quorum, only later. Nobody can stop it, change it or touch its money.
/// Warning: a signer that other contracts slashed meanwhile may have less than it covers.
/// Warning: a consumer that a request names is not called.
interface IBatchSettler is INodeEarnings, IReceiptErrors {
    /* CHANNELS */
    event ChannelFunded(
        address indexed client,
        address indexed node,
        address indexed signer,
        uint128 amount,
        uint40 until
    );
    event ChannelReleased(address indexed client, address indexed node, address indexed signer, uint128 amount);
    /* BATCHES */
    event Pledged(address indexed node, bytes32 indexed modelId, uint80 amount);
    event Unpledged(address indexed node, bytes32 indexed modelId, uint80 amount);
    /// @param index Of the voucher in the posting.
    /// @param reason Selector of the error that says why.
    event VoucherRefused(address indexed client, address indexed node, uint256 index, bytes4 reason);
    event BatchPosted(bytes32 indexed batchId, address indexed node, Header header);
    /// @param paid Token units of proven receipts.
    /// @param cover Token units that each signer covers of them.
    event BatchCountersigned(bytes32 indexed batchId, address[] signers, uint256 paid, uint256 cover, bool secured);
    event BatchFinal(bytes32 indexed batchId, uint256 paid);
    event SignerCollected(address indexed signer, address indexed payout, uint128 amount);
    /* FAULTS */
    event ChallengeCommitted(address indexed challenger, bytes32 commitment);
    event FaultShown(bytes32 indexed batchId, uint40 indexed position, address indexed challenger, Fault fault);
    event ReceiptExtracted(bytes32 indexed batchId, uint40 indexed position, RequestId indexed id);
    event ReceiptDemanded(bytes32 indexed batchId, uint40 indexed position, address indexed by, uint40 until);
    event ReceiptRevealed(bytes32 indexed batchId, uint40 indexed position);
    event DemandReturned(bytes32 indexed batchId, uint40 indexed position, address indexed by);
    event ReceiptsLapsed(bytes32 indexed batchId, uint40 first, uint40 last);
    /// @param refund Token units of the batch's, back to the client's channel.
    /// @param compensation Token units that the node registry awarded to the client of what others lost.
    /// @param reward Token units that it awarded to the caller.
    event LossSettled(
        bytes32 indexed batchId,
        address indexed client,
        uint256 refund,
        uint256 compensation,
        uint256 reward
    );

    error SignerZero();
    error ChannelDateInvalid(uint40 until, uint40 earliest);
    error ChannelActive(uint40 releasableAt);
    error ChannelEmpty(address client, address node, address signer);
    error ChannelExpired(uint40 releasableAt);
    error ChannelCountMismatch(uint40 count, uint40 expected);
    error ChargeMismatch(uint88 charge, uint88 expected);
    error ChargeAboveMaximum(uint88 charge, uint88 maxCharge);
    error ChargeAboveDeposit(uint88 charge, uint88 deposited);
    error ClosingSignatureInvalid(address signer, address node);
    error PledgeInsufficient(uint256 free, uint256 needed);
    error PostingLate(uint40 postBy);
    error VoucherRangeInvalid(uint256 index);
    error VouchersAllRefused();
    error ProvenChargeAboveCharge(uint256 provenCharge, uint256 charge);
    error BatchDataNodeInvalid(address dataNode);
    error BatchUnknown(bytes32 batchId);
    error BatchStateMismatch(bytes32 batchId);
    error BatchWindowOpen(bytes32 batchId, uint40 end);
    error BatchWindowClosed(bytes32 batchId, uint40 end);
    error BatchFaulty(bytes32 batchId);
    error SignerStakeInsufficient(address signer, uint256 free, uint256 needed);
    error NothingCovered(bytes32 batchId);
    error SignersMismatch(bytes32 batchId);
    error FaultCommitmentExists(bytes32 commitment);
    error FaultUncommitted(bytes32 commitment);
    error ReceiptVoid(bytes32 batchId, uint40 position);
    error ReceiptNotFinal(bytes32 batchId, uint40 position);
    error ClaimUncovered(uint256 available, uint256 needed);
    error DemandExists(bytes32 batchId, uint40 position);
    error DemandMissing(bytes32 batchId, uint40 position);
    error DemandAnswered(bytes32 batchId, uint40 position);
    error DemandOpen(bytes32 batchId, uint40 position, uint40 until);
    error DemandClosed(bytes32 batchId, uint40 position, uint40 until);
    error BatchParametersInvalid();

    /* CHANNELS */

    /// @notice Moves `amount` of the caller's balance at the market into its channel for `node` under `signer`.
    /// @param signer Whose ECDSA signatures draw on it: the caller, or a key that a contract wallet names.
    /// @param until Unix seconds; only later than before, and later still once nothing is left. Releasable `longestOrder` after it.
    function reserve(address node, address signer, uint88 amount, uint40 until) external;

    /// @notice Returns what batches did not charge to the caller's balance.
    function release(address node, address signer) external;

    /// @notice Returns it to the client at once: its node has signed that it claims nothing more. Anyone may bring it.
    /// @param signature The node's 65 bytes over `Closing`, for the channel's count and date.
    /// @dev Warning: a node that has signed serves nothing more on the channel before count or date have moved.
    function close(address client, address node, address signer, bytes calldata signature) external;

    /* POST */

    /// @notice Locks stake that the caller opted in for a model behind its batches.
    function pledge(bytes32 modelId, uint80 amount) external;

    /// @notice Unlocks what no open batch can cost.
    function unpledge(bytes32 modelId, uint80 amount) external;

    /// @notice Posts the caller's receipts for one model version. Exposes the model's bond and the claim bond of its pledge.
    /// @dev A voucher that does not hold is refused in an event: its receipts keep their positions and their place in the sums,
    /// and nothing of it is charged. A range of a channel is posted once, so that no committee can be drawn again.
    function post(Posting calldata posting, Voucher[] calldata vouchers) external returns (bytes32 batchId);

    /// @notice Brings the signatures of a quorum of the batch's committee, by rising seats. Pays the proven receipts as far as
    /// the signers cover them; each covers the same, at most what it can lose. Anyone may bring them, until the window closes.
    function countersign(Header calldata header, Countersignature[] calldata signatures) external;

    /// @notice Pays the rest when the window has closed and no receipt is asked for.
    function finalize(Header calldata header) external;

    /// @notice Moves what a verification node earned by countersigning to the balance of its payout address.
    function collectSigner(address signer) external;

    /* FAULTS */

    /// @notice Commits to a fault that the caller will show in a later block.
    function commitChallenge(bytes32 commitment) external;

    /// @notice Shows a fault that the caller committed to. The receipt is void: its client is made whole, the node loses the
    /// model's bond and each signer its penalty, once per batch, and each signer its part of what else the fault cost.
    /// @param signers Who countersigned; empty if nobody did.
    /// @param leaves As `IBatchJudge.lossByFault` takes them.
    /// @dev What the batch still has of the charge returns to the client's channel; the rest is awarded to it in the node registry, before
    /// anybody else. Half of what bond and penalties leave is awarded to the caller, the rest is burned; so are declared values.
    /// For evidence that was revoked shortly before the post nobody is to blame: the client is made whole, and no more is taken.
    function challenge(
        Header calldata header,
        Place calldata place,
        address[] calldata signers,
        Opening[] calldata leaves,
        Fault fault,
        bytes32 salt
    ) external;

    /// @notice Gives a claim a record of its own at the market, as if it had been delivered when the batch was posted (or when it
    /// was shown): it can be disputed and proved there. It leaves the batch with its charge and its bond.
    function extract(Header calldata header, Place calldata place, Opening calldata opening) external;

    /// @notice Asks for a receipt, for a bond that goes to who shows it. The window's end waits for it.
    function demand(Header calldata header, uint40 position) external;

    /// @notice Shows a receipt that is asked for. From then on it can be challenged for another response window.
    /// @dev Anyone may: signers keep what they signed, because they lose with a node that keeps silent.
    function reveal(Header calldata header, Opening calldata opening) external;

    /// @notice Voids receipts that nobody showed in time, of one voucher and next to each other; as a fault. All demand bonds return.
    /// @param neighbours As `IBatchJudge.lossBySilence` takes them: they say what was charged between.
    function lapse(
        Header calldata header,
        Place calldata place,
        address[] calldata signers,
        uint40 first,
        uint40 last,
        Opening[] calldata neighbours
    ) external;

    /// @notice Returns the bond of a demand that nobody brought to an end before its batch was final.
    function returnDemand(bytes32 batchId, uint40 position) external;

    /* VIEWS */

    /// @notice For consumers: reverts unless the batch made this receipt final, with at least what is relied on.
    function requireFinal(
        Header calldata header,
        Place calldata place,
        Opening calldata opening,
        Reliance calldata reliance
    ) external view;

    function batchOf(bytes32 batchId) external view returns (Batch memory);

    function isVoid(bytes32 batchId, uint40 position) external view returns (bool);

    function demandOf(bytes32 batchId, uint40 position) external view returns (Demand memory);

    function channelOf(address client, address node, address signer) external view returns (Channel memory);

    /// @notice What the node pledged for the model, and what open batches can cost of it, as of now.
    function pledgeOf(address node, bytes32 modelId) external view returns (Exposure memory);

    /// @notice What the signer has earned and not collected, and what open batches can cost it, as of now.
    function signerOf(address signer) external view returns (Exposure memory);

    /// @notice What `challenge` expects to have been committed to.
    function challengeCommitment(
        address challenger,
        bytes32 batchId,
        uint40 position,
        Fault fault,
        bytes32 salt
    ) external view returns (bytes32);

    function domainSeparator() external view returns (bytes32);

    function parameters() external view returns (BatchParameters memory);

    /// @notice The half of this contract that judges receipts; see `IBatchJudge`.
    function judge() external view returns (address);
}
