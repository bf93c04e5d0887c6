// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {MemberBooks} from "./MemberBooks.sol";
import {PayrollState} from "./PayrollState.sol";
import {MemberWord} from "./Words.sol";

/// @title Members' accounts
abstract contract MemberAccounts is IPayroll, PayrollState {
    using MemberBooks for MemberBooks.State;

    /// @inheritdoc IPayroll
    function cycleAt(uint256 time) external view returns (uint16) {
        return _cycleAt(time);
    }

    /// @inheritdoc IPayroll
    function cycleStart(uint16 cycle) public view returns (uint40) {
        return EPOCH + uint40(cycle) * CYCLE_SECONDS;
    }

    /// @inheritdoc IPayroll
    function memberAccount(uint24 memberId) external view returns (MemberAccount memory) {
        return _members.accounts[memberId].word.unpack();
    }

    /// @inheritdoc IPayroll
    function due(uint24 memberId) external view returns (uint64 amount, address wallet) {
        return _members.due(memberId, _today());
    }

    /// @inheritdoc IPayroll
    function pendingWalletOf(uint24 memberId) external view returns (address wallet, uint40 effectiveAt) {
        return (_members.pendingWallets[memberId], _members.wallets[memberId].word.pendingFrom());
    }

    /// @inheritdoc IPayroll
    function agentOwed(address agent) external view returns (uint64) {
        return _members.agentOwed[agent];
    }

    /// @dev Adds net pay and dues to a member's account.
    function _credit(uint24 memberId, uint256 net, uint256 dues) internal {
        MemberBooks.Slot storage slot = _members.accounts[memberId];
        MemberWord account = slot.word;
        if (account.agentPending()) {
            _members.promoteAgent(memberId, _today());
            account = slot.word;
        }
        slot.word = account.accrue(net).addDues(dues);
    }

    function _track(uint24 memberId) internal view returns (CycleDeltas.Track storage) {
        return _members.tracks[memberId];
    }

    function _checkPayee(address payee) internal view {
        require(payee != address(0) && payee != address(this) && payee != address(TOKEN), BadPayee(payee));
    }
}
