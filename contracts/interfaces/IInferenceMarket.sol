// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence, EvidenceSet} from "../types/Evidence.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {Result} from "../types/Result.sol";
import {Record, Reliance, State, Verdict} from "../types/State.sol";
import {INodeEarnings} from "./INodeEarnings.sol";

/// @notice What a market is deployed with; nobody can change it.
struct MarketParameters {
    uint40 challengeWindow; // seconds in which a claim can be challenged
    uint40 disputeWindow; // seconds a dispute takes at most
    uint40 longestOrder; // seconds: a signed order's deliverBy is at most this far behind its reservation's date
    uint32 maxCallbackGas; // gas units
    uint16 verificationBps; // share of the fee, 1/10,000
    uint16 dataBps; // share of the fee, 1/10,000
}

/// @notice Who got what of one request's escrow, token units; sums to maxFee.
struct Payout {
    uint128 inference;
    uint128 verification;
    uint128 data;
    uint128 refund;
}

/// @title The core: ledger, escrow and the life of one request
/// @notice Money enters by deposit, is escrowed per request, moves only when the proof stands, and
/// leaves by withdrawal. The transition table is in docs/protocol.md.
/// @dev Assumptions:
/// - The token is a plain ERC-20: no fee on transfer, no rebasing, no hooks needed.
/// - Block timestamps are at most seconds off.
/// - Evidence verifiers are the two given at deployment; they may revert or burn gas without blocking a refund.
interface IInferenceMarket is INodeEarnings {
    /* LEDGER */
    event Deposited(address indexed account, address indexed payer, uint128 amount);
    event Withdrawn(address indexed account, address indexed to, uint128 amount);
    event BondTaken(address indexed account, uint128 amount);
    event BondReleased(address indexed account, uint128 amount);
    event BondBurned(uint128 amount);
    /* REQUEST */
    event RequestOpened(RequestId indexed id, address indexed client, address indexed node, Request request);
    event RequestAccepted(RequestId indexed id, address indexed node, uint128 bond);
    /// @param evidence What came with it: the claim, and at most one more.
    event ResultDelivered(
        RequestId indexed id,
        address indexed node,
        bytes32 outputCommitment,
        uint40 units,
        EvidenceSet evidence
    );
    /// @param evidence All there is now.
    event EvidenceAdded(RequestId indexed id, Evidence indexed kind, EvidenceSet evidence);
    event DisputeOpened(RequestId indexed id);
    event DisputeResolved(RequestId indexed id, Verdict verdict);
    event RequestFinal(RequestId indexed id, address indexed node, EvidenceSet evidence, Payout payout);
    event RequestRescued(RequestId indexed id, address indexed node, address indexed late, uint128 reward);
    event RequestRejected(RequestId indexed id, address indexed node, uint128 slashed);
    /// @param slashed What the node lost for being late; zero if nobody was at fault.
    event RequestRefunded(RequestId indexed id, address indexed client, uint128 amount, uint128 slashed);
    event ConsumerCalled(RequestId indexed id, address indexed consumer, bool succeeded);
    event CourtAppointed(address court);
    event SettlersAppointed(address orderSettler, address batchSettler);
    event Transferred(address indexed from, address indexed to, uint128 amount);

    error AccountZero();
    error TokenTransferMismatch(uint256 received, uint256 expected);
    error BalanceInsufficient(address account, uint128 balance, uint128 needed);
    error ClientMismatch(address client, address caller);
    error NodeMismatch(address node, address expected);
    error RequestExists(RequestId id);
    error StateMismatch(RequestId id, State state);
    error ResultMismatch(RequestId id);
    error TransitionForbidden(State from, State to);
    error DeadlinesInvalid(uint40 deliverBy, uint40 proveBy, uint40 refundAfter, uint256 earliestRefund);
    error DeadlinePassed(uint40 deadline, uint256 time);
    error DeadlinePending(uint40 deadline, uint256 time);
    error RequiredEvidenceInvalid(EvidenceSet evidence);
    error DataNodeInvalid(address dataNode, bytes32 dataCommitment);
    error DeclaredValueAboveCap(uint128 declaredValue, uint128 cap);
    error CallbackGasAboveCap(uint32 callbackGas, uint32 cap);
    error AssignmentRequired(RequestId id);
    error UnitsMismatch(uint40 units, uint40 expected);
    error EvidenceInvalid(RequestId id, Evidence kind);
    error EvidencePresent(RequestId id, Evidence kind);
    error EvidenceKindInvalid(Evidence kind);
    error EvidenceInsufficient(EvidenceSet evidence, EvidenceSet needed);
    error WindowClosed(RequestId id, uint40 end);
    error WindowOpen(RequestId id, uint40 end);
    error WindowNotStarted(RequestId id);
    error MaxFeeTooHigh(uint128 maxFee, uint128 limit);
    error GasTooLow(uint256 available, uint256 needed);
    error ConsumerMissing(RequestId id);
    error OutputMismatch(bytes32 commitment, bytes32 expected);
    error NotFinal(RequestId id, State state);
    error RelianceMismatch(RequestId id, Reliance reliance);
    error CourtOnly(address caller);
    error SettlerOnly(address caller);
    error CourtAlreadyAppointed(address court);
    error CourtMissing();
    error FeeSharesInvalid(uint256 bps);
    error MarketWindowZero();

    /* LEDGER */

    /// @notice Credits `account` with `amount` pulled from the caller.
    function deposit(address account, uint128 amount) external;

    /// @notice As `deposit`, with an ERC-2612 permit. A permit that somebody else already used does no harm.
    function depositWithPermit(
        address account,
        uint128 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Credits `payer` with `amount` of its own, by its ERC-3009 authorisation for this market. Anyone may bring it, and pays
    /// the gas; the first one to do so uses it up.
    /// @param validAfter Unix seconds.
    /// @param validBefore Unix seconds.
    /// @param nonce Chosen by the payer, unused.
    function depositWithAuthorization(
        address payer,
        uint128 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Pays the caller's balance out to `to`.
    function withdraw(address to, uint128 amount) external;

    /// @notice Moves part of the caller's balance to another account.
    function transfer(address to, uint128 amount) external;

    /* REQUEST */

    /// @notice Opens a request and escrows its `maxFee` from the caller's balance.
    function openRequest(Request calldata request) external returns (RequestId id);

    /// @notice Ends a request that nobody accepted yet; the escrow returns.
    function cancel(Request calldata request) external;

    /* SERVE */

    /// @notice The named node, or the first, accepts: it states that it holds the input, and locks its bond.
    function accept(Request calldata request) external;

    /// @notice Delivers a result with or without evidence.
    /// @param kind VANILLA (with empty evidence) for a bonded claim now and proof later.
    /// @dev A request that names no node must be accepted first, unless the evidence makes the result final at once.
    function fulfil(Request calldata request, Result calldata result, Evidence kind, bytes calldata evidence) external;

    /// @notice As `fulfil`, for a result that is final at once; calls the consumer with the output in the same transaction, which
    /// reverts with the consumer. The node may always settle without.
    function fulfilAndCall(
        Request calldata request,
        Result calldata result,
        Evidence kind,
        bytes calldata evidence,
        bytes calldata output
    ) external;

    /// @notice After a missed `deliverBy` any serving node may fulfil with evidence that names itself. The client pays
    /// nothing; the rescuer gets half of the late node's bond, the rest is burned.
    function rescue(Request calldata request, Result calldata result, Evidence kind, bytes calldata evidence) external;

    /* PROVE */

    /// @notice Adds evidence to a delivered result. Anyone may bring it: it pays whom it names.
    /// @param result What was delivered.
    function prove(Request calldata request, Result calldata result, Evidence kind, bytes calldata evidence) external;

    /* DISPUTE (court only) */

    /// @notice Freezes a result whose window is open.
    function openDispute(Request calldata request, Result calldata result) external;

    /// @notice Carries out a verdict. REJECTED refunds the client and slashes the node's bond.
    /// @param recoveredBps Share of the slashed bond that is not burned but handed to the court's bonds.
    /// @return recovered Token units added to the court's bonds.
    function resolveDispute(
        Request calldata request,
        Result calldata result,
        Verdict verdict,
        uint16 recoveredBps
    ) external returns (uint128 recovered);

    /// @notice Moves `amount` of an account's balance into the court's bonds; the court asks only for its caller's.
    function takeBond(address account, uint128 amount) external;

    function releaseBond(address account, uint128 amount) external;

    function burnBond(uint128 amount) external;

    /* SETTLERS (appointed contracts only) */

    /// @notice Moves part of an account's balance to the calling settler's; a settler asks only for its caller's.
    function take(address account, uint128 amount) external;

    /// @notice Opens a request that its client signed. Its `maxFee` comes from the calling settler's balance; the settler may
    /// then bring the result in the name of its node, by `fulfil` or `fulfilAndCall`.
    function openSigned(Request calldata request) external returns (RequestId id);

    /// @notice Enters a claim that was settled with others, so that it can be challenged and proved by itself. What it costs
    /// comes from the calling settler's balance, and its bond has been locked.
    /// @param clock Unix seconds: when its challenge window began.
    function enterClaim(Request calldata request, Result calldata result, uint32 clock) external;

    /* SETTLE */

    /// @notice Pays a claim whose window has closed unchallenged.
    function finalize(Request calldata request, Result calldata result) external;

    /// @notice Refunds the client when the request can no longer be served: nobody delivered in time, required evidence is
    /// missing at `proveBy`, or required evidence has become impossible (then nobody is slashed). Works while paused.
    /// @param result What was delivered; before that it is not read.
    function refund(Request calldata request, Result calldata result) external;

    /* VIEWS */

    function requestId(Request calldata request) external view returns (RequestId);

    /// @notice EIP-712 digest that evidence over this result must cover.
    function resultDigest(RequestId id, Result calldata result) external view returns (bytes32);

    function recordOf(RequestId id) external view returns (Record memory);

    /// @notice When the delivered claim becomes final unchallenged, unix seconds; zero while required evidence is missing.
    function finalAt(Request calldata request) external view returns (uint40);

    /// @notice For consumers: reverts unless the request is final with this result and at least what is relied on.
    function requireFinal(Request calldata request, Result calldata result, Reliance calldata reliance) external view;

    function balanceOf(address account) external view returns (uint128);

    /// @notice Names the court, once and for ever, and unpauses: nothing is admitted before. Only the owner, and only a court that the node
    /// registry has appointed too: one that could not slash silent jurors could not end their disputes.
    function appointCourt(address court) external;

    /// @notice Names the contracts that settle what clients signed; zero for none. Only the owner, while no court has been
    /// appointed: from then on they stay.
    function appointSettlers(address orderSettler, address batchSettler) external;

    function orderSettler() external view returns (address);

    function batchSettler() external view returns (address);

    /// @notice EIP-712 domain separator of this market, which request ids are bound to.
    function domainSeparator() external view returns (bytes32);

    /// @notice Sum of the court's bonds, token units.
    function bonds() external view returns (uint128);

    /// @notice Sum burned so far, token units; it stays in this contract for ever.
    function burned() external view returns (uint128);

    function token() external view returns (address);

    function modelRegistry() external view returns (address);

    function court() external view returns (address);

    function verifierOf(Evidence kind) external view returns (address);

    function parameters() external view returns (MarketParameters memory);
}
