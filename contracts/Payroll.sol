// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EnsemblePools} from "./EnsemblePools.sol";
import {IPayees} from "./interfaces/IPayees.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {ISubstitutionPremiums} from "./interfaces/ISubstitutionPremiums.sol";
import {Charge} from "./interfaces/Types.sol";
import {BoundedTransfer} from "./payroll/BoundedTransfer.sol";
import {MemberBooks} from "./payroll/MemberBooks.sol";
import {PayrollState} from "./payroll/PayrollState.sol";
import {SideAccount} from "./payroll/SideAccount.sol";
import {Streams} from "./payroll/Streams.sol";
import {ProductionWord} from "./payroll/Words.sol";

/// @title Payroll: the only holder of money
/// @dev It has no administrator: nobody can pause it, change it or move what it holds.
contract Payroll is Streams, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SideAccount for SideAccount.Account;
    using MemberBooks for MemberBooks.State;

    /// @notice The contracts this one serves, fixed for good.
    struct Modules {
        address members;
        IProductions productions;
        address licences;
        address sceneGrants;
        address ledger;
        ISubstitutionPremiums premiums;
        IPayees payees;
    }

    /// @dev Arrears collected within one deposit; the rest by `SubstitutionPremiums.collectArrears`.
    uint256 private constant COLLECT_WITH_DEPOSIT = 8;

    /// @notice The code for ensemble pools, which acts on what this contract stores.
    address public immutable POOLS;
    address private immutable MEMBERS;
    IProductions private immutable PRODUCTIONS;
    address private immutable LICENCES;
    address private immutable SCENE_GRANTS;
    address private immutable LEDGER;
    ISubstitutionPremiums private immutable PREMIUMS;
    IPayees private immutable PAYEES;

    modifier onlyModule(address module) {
        _only(module);
        _;
    }

    /// @dev Sealed modules charge every production; later ones only where the studio opted in.
    modifier mayCharge(uint24 productionId, address sealedModule) {
        if (msg.sender != sealedModule) {
            require(PAYEES.moduleAdmitted(msg.sender), NotTheModule(msg.sender));
            require(_optedIn[productionId][msg.sender], ModuleNotAllowed(productionId, msg.sender));
        }
        _;
    }

    /// @dev Token and clock are those of the code for pools, so that the two can't differ.
    constructor(EnsemblePools pools, Modules memory modules)
        PayrollState(IERC20Metadata(address(pools.TOKEN())), pools.CYCLE_SECONDS(), pools.EPOCH())
    {
        POOLS = address(pools);
        MEMBERS = modules.members;
        PRODUCTIONS = modules.productions;
        LICENCES = modules.licences;
        SCENE_GRANTS = modules.sceneGrants;
        LEDGER = modules.ledger;
        PREMIUMS = modules.premiums;
        PAYEES = modules.payees;
    }

    /// @dev What isn't answered here is about ensemble pools. `EnsemblePools` stores where this contract does.
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        address pools = POOLS;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let ok := delegatecall(gas(), pools, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if ok { return(data, returndatasize()) }
            revert(data, returndatasize())
        }
    }

    /// @inheritdoc IPayroll
    function fund(uint24 productionId, uint64 amount) external nonReentrant {
        _fund(productionId, amount);
    }

    /// @inheritdoc IPayroll
    function fundWithPermit(uint24 productionId, uint64 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        // A permit that somebody else already relayed has done its work; the transfer below tells.
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _fund(productionId, amount);
    }

    /// @inheritdoc IPayroll
    function takeBack(uint24 productionId, uint64 amount, address to) external nonReentrant {
        PRODUCTIONS.requireStudio(productionId, msg.sender);
        require(amount > 0, NothingToMove());
        _checkPayee(to);
        ProductionWord account = _load(productionId);
        require(!account.inArrears(), InArrears(productionId));
        require(account.free() >= amount, InsufficientBalance(productionId, account.free(), amount));
        _productions[productionId].word = account.subFree(amount);
        emit TakenBack(productionId, to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc IPayroll
    function payday(uint24[] calldata memberIds, uint16 maxCycles) external nonReentrant {
        uint64 dues = _members.payday(address(TOKEN), memberIds, maxCycles, _today());
        if (dues > 0) _side.owed.dues += dues;
    }

    /// @inheritdoc IPayroll
    function payAgents(address[] calldata agents) external nonReentrant {
        _members.payAgents(address(TOKEN), agents);
    }

    /// @inheritdoc IPayroll
    function remit(uint24[] calldata productionIds) external nonReentrant {
        _side.settle(_today());
        SideAccount.Parts memory owed = _side.owed;
        for (uint256 i = 0; i < productionIds.length; i++) {
            ProductionWord account = _load(productionIds[i]);
            (uint64 benefits, uint64 levy) = account.onTop();
            emit ProductionSwept(productionIds[i], benefits, levy);
            owed.benefits += benefits;
            owed.levy += levy;
            _productions[productionIds[i]].word = account.swept();
        }
        IPayees.Payees memory to = PAYEES.payees();
        _side.owed = SideAccount.Parts(0, 0, 0);
        _remit(to.benefitsPlan, 0, owed.benefits, 0);
        _remit(to.pipelineFund, 0, 0, owed.levy);
        _remit(to.union, owed.dues, 0, 0);
    }

    /// @inheritdoc IPayroll
    function optIn(uint24 productionId, address module, bool allowed) external {
        PRODUCTIONS.requireStudio(productionId, msg.sender);
        require(PAYEES.moduleAdmitted(module), NotTheModule(module));
        _optedIn[productionId][module] = allowed;
        emit ModuleOptedIn(productionId, module, allowed);
    }

    /// @inheritdoc IPayroll
    function openProductionAccount(uint24 productionId) external onlyModule(address(PRODUCTIONS)) {
        _openProductionAccount(productionId);
    }

    /// @inheritdoc IPayroll
    function openMemberAccount(uint24 memberId, address wallet) external onlyModule(MEMBERS) {
        _checkPayee(wallet);
        _members.setWallet(memberId, wallet);
    }

    /// @inheritdoc IPayroll
    function setWallet(uint24 memberId, address wallet) external onlyModule(MEMBERS) {
        _checkPayee(wallet);
        _members.setWallet(memberId, wallet);
    }

    /// @inheritdoc IPayroll
    function setPendingWallet(uint24 memberId, address wallet, uint40 effectiveAt) external onlyModule(MEMBERS) {
        _checkPayee(wallet);
        _members.setPendingWallet(memberId, wallet, effectiveAt);
    }

    /// @inheritdoc IPayroll
    function cancelPendingWallet(uint24 memberId) external onlyModule(MEMBERS) {
        _members.cancelPendingWallet(memberId);
    }

    /// @inheritdoc IPayroll
    function setAgent(uint24 memberId, address agent, uint16 shareBps) external onlyModule(MEMBERS) {
        if (shareBps > 0) _checkPayee(agent);
        _members.setAgent(memberId, agent, shareBps, _today());
    }

    /// @inheritdoc IPayroll
    function openLicence(
        uint24 productionId,
        uint24 memberId,
        IRateCard.Rates calldata rates,
        uint64 licenceFee,
        uint64 trainingFee
    ) external onlyModule(LICENCES) {
        _openLicence(productionId, memberId, rates, licenceFee, trainingFee);
    }

    /// @inheritdoc IPayroll
    function charge(uint24 productionId, uint24 memberId, Charge kind, uint256 ref, uint64 gross)
        external
        mayCharge(productionId, LICENCES)
    {
        _chargeFree(productionId, memberId, kind, ref, gross);
    }

    /// @inheritdoc IPayroll
    function reserve(Reserve calldata r) external onlyModule(SCENE_GRANTS) returns (uint64 counted) {
        return _reserve(r);
    }

    /// @inheritdoc IPayroll
    function chargeIterations(
        uint24 productionId,
        uint24 memberId,
        uint256 grantId,
        uint256 price,
        uint256 iterations,
        uint256 countedLeft,
        bool background
    ) external onlyModule(LEDGER) returns (uint256 counted) {
        return _chargeIterations(productionId, memberId, grantId, price, iterations, countedLeft, background);
    }

    /// @inheritdoc IPayroll
    function release(Reserve calldata r, uint64 countedLeft) external onlyModule(SCENE_GRANTS) {
        _release(r, countedLeft);
    }

    /// @inheritdoc IPayroll
    function openStream(StreamOrder calldata order)
        external
        mayCharge(order.productionId, address(PREMIUMS))
        returns (Stream memory stream, uint64 owing)
    {
        (stream, owing) = _order(order);
        // Reserved floors and debts are the premiums' alone.
        require(
            msg.sender == address(PREMIUMS) || (owing == 0 && order.floorHeld == 0 && !order.collecting),
            NotTheModule(msg.sender)
        );
    }

    /// @inheritdoc IPayroll
    function cutStream(
        uint24 productionId,
        uint24 memberId,
        uint256 ref,
        bool background,
        uint64 most,
        Stream calldata stream
    ) external onlyModule(address(PREMIUMS)) returns (uint64 returned, Stream memory reopened) {
        return _cut(productionId, memberId, ref, background, most, stream);
    }

    /// @inheritdoc IPayroll
    function endArrears(uint24 productionId) external onlyModule(address(PREMIUMS)) {
        _productions[productionId].word = _load(productionId).withArrears(false);
        emit ArrearsEnded(productionId);
    }

    /// @notice Benefits, levy and dues owed and not yet sent, with what streamed until now; without what productions
    /// still hold for a sweep.
    function sideOwed() external returns (SideAccount.Parts memory) {
        _side.settle(_today());
        return _side.owed;
    }

    function _fund(uint24 productionId, uint64 amount) private {
        require(amount > 0, NothingToMove());
        ProductionWord account = _load(productionId);
        _productions[productionId].word = account.addFree(amount);
        emit Funded(productionId, msg.sender, amount);

        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        require(received == amount, InexactTransfer(amount, received));
        if (account.inArrears()) PREMIUMS.collectArrears(productionId, COLLECT_WITH_DEPOSIT);
    }

    function _remit(address payee, uint64 dues, uint64 benefits, uint64 levy) private {
        uint64 amount = dues + benefits + levy;
        if (amount == 0) return;
        // A transfer to payroll itself would succeed and lose track of the money.
        bool reachable = payee != address(this) && payee != address(TOKEN);
        if (reachable && BoundedTransfer.tryTransfer(address(TOKEN), payee, amount)) {
            emit Remitted(payee, benefits, levy, dues);
        } else {
            _side.owed.dues += dues;
            _side.owed.benefits += benefits;
            _side.owed.levy += levy;
            emit RemittanceHeld(payee, benefits, levy, dues);
        }
    }

    function _only(address module) private view {
        require(msg.sender == module, NotTheModule(msg.sender));
    }
}
