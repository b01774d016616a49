// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Claims, Order, Reservation} from "../types/Order.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {Result} from "../types/Result.sol";
import {INodeEarnings} from "./INodeEarnings.sol";

/// @title Orders: requests that clients sign off chain against a reservation
/// @notice A node brings an order with its result in one transaction, alone or with others. What its evidence makes final is
/// paid at once and leaves no record. Claims wait for their window under one root; a claim that somebody doubts gets a record
/// of its own in the market, where it is challenged as any other. An order that contracts rely on (`consumer`), or whose
/// evidence is still to come, has a record from the start.
interface IOrderSettler is INodeEarnings {
    event Reserved(address indexed client, address indexed node, uint96 amount, uint40 until, address signer);
    event Released(address indexed client, address indexed node, uint96 amount, address signer);
    /// @notice Final: its evidence was verified, and its node was paid.
    event OrderSettled(RequestId indexed id, address indexed node, bytes32 outputCommitment, uint40 units);
    /// @notice Claimed without evidence, under the root of the `ClaimsEntered` that follows.
    event OrderClaimed(RequestId indexed id, address indexed node, bytes32 outputCommitment, uint40 units);
    /// @param reason The error that the order alone would have reverted with.
    event OrderRefused(RequestId indexed id, address indexed node, bytes reason);
    event ClaimsEntered(bytes32 indexed root, address indexed node, bytes32 modelId, address dataNode, Claims claims);
    event ClaimExtracted(bytes32 indexed root, RequestId indexed id);
    event ClaimsFinal(bytes32 indexed root, address indexed node, uint96 fee);

    /// @dev Also where the signature is of another key than any the client reserved under.
    error ReservationExceeded(address client, address node, address signer, uint96 amount, uint128 needed);
    error ReservationActive(address client, address node, uint40 releasableAt);
    error ReservationDateInvalid(uint40 until, uint40 earliest);
    error ReservationTooShort(uint40 deliverBy, uint40 latest);
    error NonceUsed(address client, address node, uint64 nonce);
    error NonceTooLarge(uint64 nonce);
    error OrdersEmpty();
    error EvidenceWithoutOrder(uint256 pieces, uint256 orders);
    error SignatureInvalid(bytes32 digest);
    /// @dev Orders that are brought together are of one model and data node, and settle without a record.
    error OrderUnlike(RequestId id);
    /// @dev A claim that is brought by a contract, where nobody finds its request.
    error ClaimHidden(address caller);
    error ClaimsUnknown(bytes32 root);
    error ClaimsExist(bytes32 root);
    error ClaimsOpen(bytes32 root, uint40 end);
    error ClaimsClosed(bytes32 root, uint40 end);
    error ClaimNotIncluded(bytes32 root, RequestId id);

    /* RESERVE */

    /// @notice Sets `amount` more of the caller's balance aside for orders that `node` will bring, signed by `signer`.
    /// @param until Unix seconds; only later than before. Releasable `longestOrder` after it.
    /// @param signer Whose ECDSA signature these orders carry: the caller, or a key that a contract wallet names here.
    function reserve(address node, uint96 amount, uint40 until, address signer) external;

    /// @notice Returns what is left of a reservation to the caller's balance.
    function release(address node, address signer) external;

    /* FULFIL */

    /// @notice Brings an order with its result. The caller is the node that it names.
    /// @param evidence Of the order's kind; empty for a claim, which only an account without code can bring.
    function fulfilOrder(Order calldata order, bytes calldata evidence) external;

    /// @notice As `fulfilOrder`, for one that its evidence makes final at once; calls its consumer with the output in the same
    /// transaction, which reverts with the consumer.
    function fulfilOrderAndCall(Order calldata order, bytes calldata evidence, bytes calldata output) external;

    /// @notice Brings many orders of one model, each with its own kind of evidence. One that fails is skipped with its error in
    /// an event, and changes nothing. The whole call reverts if the shared signature is wrong, or the node's stake does not
    /// cover its claims.
    /// @param evidence Of each order, in their order; the last ones may be left out when empty.
    /// @param signature Of an enclave, over the digests of those TEE results that have no evidence of their own, in their order
    /// (`resultsDigest`), also of those that are skipped; empty if there are none.
    function fulfilOrders(Order[] calldata orders, bytes[] calldata evidence, bytes calldata signature) external;

    /* CLAIMS */

    /// @notice Pays claims whose window has closed.
    function finalizeClaims(address node, bytes32 modelId, address dataNode, bytes32 root) external;

    /// @notice Gives a claim a record of its own in the market, where it can be challenged and proved; the others are untouched.
    /// Anyone may do so until the window closes.
    /// @param proof From `leafOf` the claim to the root, pairs sorted.
    function extractClaim(
        Request calldata request,
        Result calldata result,
        bytes32 root,
        bytes32[] calldata proof
    ) external;

    /* VIEWS */

    function reservationOf(address client, address node, address signer) external view returns (Reservation memory);

    function claimsOf(
        address node,
        bytes32 modelId,
        address dataNode,
        bytes32 root
    ) external view returns (Claims memory);

    function market() external view returns (address);
}
