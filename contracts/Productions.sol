// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";

/// @title Studios and their productions
/// @dev Rare facts a use depends on (reporter, strike, cancellation) are pushed to the ledger, so that a use doesn't
/// have to ask here.
contract Productions is IProductions, AccessManaged {
    IRateCard private immutable RATE_CARD;
    IUsageLedger private immutable LEDGER;
    IPayroll private immutable PAYROLL;

    /// @inheritdoc IProductions
    uint24 public productionCount;

    /// @notice Studios that may register productions.
    mapping(address studio => bool) public admitted;

    mapping(bytes32 identifierHash => uint24 productionId) public productionByIdentifier;
    mapping(uint24 productionId => Production) private _productions;
    mapping(uint24 productionId => bytes32) private _breakdowns;
    mapping(uint24 productionId => address) private _primaryReporters;
    mapping(uint24 productionId => mapping(address who => bool)) private _reporters;
    mapping(uint24 productionId => Strike[]) private _strikes;

    constructor(address access, IRateCard rateCard, IUsageLedger ledger, IPayroll payroll) AccessManaged(access) {
        RATE_CARD = rateCard;
        LEDGER = ledger;
        PAYROLL = payroll;
    }

    /// @inheritdoc IProductions
    function admitStudio(address studio, bool isAdmitted) external restricted {
        admitted[studio] = isAdmitted;
        emit StudioAdmitted(studio, isAdmitted);
    }

    /// @inheritdoc IProductions
    function register(bytes32 identifierHash, uint40 starts, uint40 ends, bytes32 breakdownRoot, address reporter)
        external
        returns (uint24 productionId)
    {
        require(admitted[msg.sender], NotAdmitted(msg.sender));
        require(identifierHash != 0 && breakdownRoot != 0, MissingHash());
        uint24 taken = productionByIdentifier[identifierHash];
        require(taken == 0, IdentifierTaken(identifierHash, taken));
        _checkSchedule(starts, ends);
        (, uint16 reportDays) = RATE_CARD.currentLimits();

        productionId = ++productionCount;
        productionByIdentifier[identifierHash] = productionId;
        _productions[productionId] = Production(msg.sender, starts, ends, Status.ACTIVE, false);
        _breakdowns[productionId] = breakdownRoot;
        address primary = reporter == address(0) ? msg.sender : reporter;
        emit ProductionRegistered(productionId, msg.sender, identifierHash, starts, ends, reportDays);
        emit BreakdownSet(productionId, breakdownRoot);
        _primaryReporters[productionId] = primary;
        emit PrimaryReporterSet(productionId, primary);
        LEDGER.openDesk(productionId, primary, reportDays);
        PAYROLL.openProductionAccount(productionId);
    }

    /// @inheritdoc IProductions
    function setBreakdown(uint24 productionId, bytes32 root) external {
        _requireActive(productionId);
        require(root != 0, MissingHash());
        _breakdowns[productionId] = root;
        emit BreakdownSet(productionId, root);
    }

    /// @inheritdoc IProductions
    function reschedule(uint24 productionId, uint40 starts, uint40 ends) external {
        Production storage production = _requireActive(productionId);
        _checkSchedule(starts, ends);
        production.starts = starts;
        production.ends = ends;
        emit Rescheduled(productionId, starts, ends);
    }

    /// @inheritdoc IProductions
    function setPrimaryReporter(uint24 productionId, address reporter) external {
        requireStudio(productionId, msg.sender);
        emit PrimaryReporterSet(productionId, reporter);
        _primaryReporters[productionId] = reporter;
        LEDGER.setReporter(productionId, reporter);
    }

    /// @inheritdoc IProductions
    function setReporter(uint24 productionId, address reporter, bool allowed) external {
        requireStudio(productionId, msg.sender);
        _reporters[productionId][reporter] = allowed;
        emit ReporterSet(productionId, reporter, allowed);
    }

    /// @inheritdoc IProductions
    function cancel(uint24 productionId) external {
        _requireActive(productionId).status = Status.CANCELLED;
        emit ProductionCancelled(productionId);
        LEDGER.closeDesk(productionId);
    }

    /// @inheritdoc IProductions
    function declareStrike(uint24[] calldata productionIds) external restricted {
        for (uint256 i = 0; i < productionIds.length; i++) {
            uint24 productionId = productionIds[i];
            require(_productions[productionId].status != Status.NONE, UnknownProduction(productionId));
            require(!_productions[productionId].onStrike, OnStrike(productionId));
            _productions[productionId].onStrike = true;
            _strikes[productionId].push(Strike(uint40(block.timestamp), 0));
            emit StrikeDeclared(productionId);
            LEDGER.noteStrike(productionId);
        }
    }

    /// @inheritdoc IProductions
    function endStrike(uint24[] calldata productionIds) external restricted {
        for (uint256 i = 0; i < productionIds.length; i++) {
            uint24 productionId = productionIds[i];
            Strike[] storage strikes = _strikes[productionId];
            require(_productions[productionId].onStrike, NotOnStrike(productionId));
            _productions[productionId].onStrike = false;
            strikes[strikes.length - 1].until = uint40(block.timestamp);
            emit StrikeEnded(productionId);
        }
    }

    /// @inheritdoc IProductions
    function requireStudio(uint24 productionId, address caller) public view {
        address studio = _productions[productionId].studio;
        require(studio != address(0), UnknownProduction(productionId));
        require(caller == studio, NotTheStudio(productionId, caller));
    }

    /// @inheritdoc IProductions
    function requireOpen(uint24 productionId, address caller) external view returns (Production memory) {
        return _requireOpen(productionId, caller);
    }

    /// @inheritdoc IProductions
    function requireOpenScene(uint24 productionId, address caller, bytes32 sceneHash, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        _requireOpen(productionId, caller);
        return MerkleProof.verifyCalldata(proof, _breakdowns[productionId], sceneHash);
    }

    /// @inheritdoc IProductions
    function mayReport(uint24 productionId, address who) external view returns (bool) {
        return who == _productions[productionId].studio || who == _primaryReporters[productionId]
            || _reporters[productionId][who];
    }

    /// @inheritdoc IProductions
    function struckAt(uint24 productionId, uint256 time) public view returns (bool) {
        Strike[] storage strikes = _strikes[productionId];
        for (uint256 i = strikes.length; i > 0; i--) {
            Strike memory strike = strikes[i - 1];
            if (time >= strike.from && (strike.until == 0 || time < strike.until)) return true;
        }
        return false;
    }

    /// @inheritdoc IProductions
    function productionOf(uint24 productionId) external view returns (Production memory) {
        return _productions[productionId];
    }

    /// @inheritdoc IProductions
    function breakdownOf(uint24 productionId) external view returns (bytes32) {
        return _breakdowns[productionId];
    }

    function _requireOpen(uint24 productionId, address caller) private view returns (Production memory production) {
        production = _requireActiveFor(productionId, caller);
        require(!production.onStrike, OnStrike(productionId));
    }

    function _requireActive(uint24 productionId) private view returns (Production storage production) {
        _requireActiveFor(productionId, msg.sender);
        return _productions[productionId];
    }

    function _requireActiveFor(uint24 productionId, address caller)
        private
        view
        returns (Production memory production)
    {
        production = _productions[productionId];
        require(production.status != Status.NONE, UnknownProduction(productionId));
        require(caller == production.studio, NotTheStudio(productionId, caller));
        require(production.status == Status.ACTIVE, ProductionIsCancelled(productionId));
    }

    function _checkSchedule(uint40 starts, uint40 ends) private view {
        require(starts < ends && ends > block.timestamp, EmptySchedule(starts, ends));
    }
}
