// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Voucher} from "../../contracts/types/Batch.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {BatchFixture, Draft} from "./BatchFixture.sol";
import {vm} from "./Vm.sol";

/// @notice Gas of whole transactions: 21,000, calldata at 16 and 4 a byte, and what runs, with every account and slot cold.
abstract contract BatchGas is BatchFixture {
    uint256 private constant BASE = 21_000;
    /// @dev A call to a cold account, which a transaction's own target is not.
    uint256 private constant COLD_CALL = 2_600;
    uint40 private constant FEE = 440;

    /// @dev With a few, many picks of a draw find somebody who is drawn already.
    function verifiers() internal pure override returns (uint256) {
        return 40;
    }

    /// @dev Runs a call as a transaction of `sender`.
    function gasOf(address sender, bytes memory data) internal returns (uint256 gas) {
        address[5] memory accounts = [
            address(settler),
            address(judge),
            address(market),
            address(registry),
            address(models)
        ];
        for (uint256 i = 0; i < accounts.length; ++i) vm.cool(accounts[i]);
        vm.cool(address(token));
        vm.cool(address(enclaves));
        address target = address(settler);
        vm.prank(sender);
        gas = gasleft();
        (bool ok, ) = target.call(data);
        gas -= gasleft();
        vm.assertTrue(ok, "the call runs");
        gas += BASE + gasOfCalldata(data) - COLD_CALL;
    }

    function gasOfCalldata(bytes memory data) private pure returns (uint256 gas) {
        for (uint256 i = 0; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
    }

    /// @dev A batch of `each` receipts of each client, which nobody will ask for.
    function sized(uint256 clients, uint40 each) internal view returns (Draft memory draft) {
        draft.posting.modelId = modelFor[uint8(Evidence.TEE)];
        draft.posting.root = keccak256("root");
        draft.posting.postBy = time() + 1 hours;
        draft.vouchers = new Voucher[](clients);
        for (uint256 i = 0; i < clients; ++i) {
            Voucher memory voucher = voucherFor(i, each);
            voucher.toCharge += each * FEE;
            voucher.maxCharge = voucher.toCharge;
            draft.posting.provenCharge += each * FEE;
            signVoucher(voucher, signerKey(i), NODE);
            draft.vouchers[i] = voucher;
        }
        draft.header = headerOf(draft, vm.getBlockNumber());
    }

    /// @dev Small batches until every channel has been drawn on and every verifier has signed, so that no slot is new.
    function warmUp(uint256 clients) internal {
        for (uint256 i = 3; i < clients; ++i) openChannel(i);
        settleSmall(clients);
        while (!everybodySigned()) settleSmall(1);
    }

    function settleSmall(uint256 clients) private {
        Draft memory draft = sized(clients, 1);
        vm.prank(NODE);
        draft.batchId = settler.post(draft.posting, draft.vouchers);
        settler.countersign(draft.header, signaturesOf(draft, COMMITTEE));
        mine(1);
    }

    function everybodySigned() private view returns (bool) {
        for (uint256 i = 0; i < verifiers(); ++i) {
            if (settler.signerOf(vm.addr(verifierKey(i))).held == 0) return false;
        }
        return true;
    }
}
