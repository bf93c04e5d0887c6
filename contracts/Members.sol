// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";

/// @title Members of the trust
contract Members is IMembers, IERC5192, ERC721, EIP712, AccessManaged {
    /// @notice A payout change waits this long, so that a thief's change can be seen and cancelled.
    uint40 public constant PAYOUT_DELAY = 7 days;

    /// @notice Recovery moves the payout after this long, and the consent key after as long again.
    uint40 public constant RECOVERY_DELAY = 30 days;

    bytes32 private constant PAYOUT_CHANGE_TYPEHASH =
        keccak256("PayoutChange(uint24 memberId,address wallet,uint256 nonce,uint256 deadline)");
    bytes32 private constant PAYOUT_CANCELLATION_TYPEHASH =
        keccak256("PayoutCancellation(uint24 memberId,address wallet,uint40 effectiveAt)");
    bytes32 private constant DELEGATION_TYPEHASH =
        keccak256("Delegation(uint24 memberId,address delegate,bool allowed,uint256 nonce,uint256 deadline)");
    bytes32 private constant AGENT_TYPEHASH =
        keccak256("AgentAppointment(uint24 memberId,address agent,uint16 shareBps,uint256 nonce,uint256 deadline)");
    bytes32 private constant RECOVERY_CANCELLATION_TYPEHASH =
        keccak256("RecoveryCancellation(uint24 memberId,uint40 payoutFrom)");

    bytes32 private constant CANCELLATION_TYPEHASH = keccak256("ConsentCancellation(uint24 memberId,uint256 nonce)");

    /// @notice The contracts that take members' consents, and payroll, which pays them.
    struct Modules {
        address records;
        address licences;
        address sceneGrants;
        address premiums;
        address poolGrants;
        address collectiveLicences;
        address writersRooms;
        address provenance;
        IPayroll payroll;
    }

    struct Guardianship {
        address guardian;
        uint40 adultAt;
    }

    address private immutable RECORDS;
    address private immutable LICENCES;
    address private immutable SCENE_GRANTS;
    address private immutable PREMIUMS;
    address private immutable POOL_GRANTS;
    address private immutable COLLECTIVE_LICENCES;
    address private immutable WRITERS_ROOMS;
    address private immutable PROVENANCE;
    IPayroll private immutable PAYROLL;

    /// @inheritdoc IMembers
    uint24 public memberCount;

    mapping(uint24 memberId => mapping(uint256 word => uint256 bits)) private _spent;
    mapping(uint24 memberId => Guardianship) private _guardianships;
    mapping(uint24 memberId => mapping(address who => bool)) private _delegates;
    mapping(uint24 memberId => Recovery) private _recoveries;

    constructor(address access, Modules memory modules)
        ERC721("Likeness Trust Member", "LTM")
        EIP712("Likeness Trust", "1")
        AccessManaged(access)
    {
        RECORDS = modules.records;
        LICENCES = modules.licences;
        SCENE_GRANTS = modules.sceneGrants;
        PREMIUMS = modules.premiums;
        POOL_GRANTS = modules.poolGrants;
        COLLECTIVE_LICENCES = modules.collectiveLicences;
        WRITERS_ROOMS = modules.writersRooms;
        PROVENANCE = modules.provenance;
        PAYROLL = modules.payroll;
    }

    /// @inheritdoc IMembers
    function enrol(address key, address wallet, Craft craft, address guardian, uint40 adultAt)
        external
        restricted
        returns (uint24 memberId)
    {
        require(wallet != address(0), ZeroAddress());
        bool minor = adultAt > block.timestamp;
        require(minor == (guardian != address(0)), GuardianMismatch(guardian, adultAt));

        memberId = ++memberCount;
        if (minor) _guardianships[memberId] = Guardianship(guardian, adultAt);
        _mint(key, memberId);
        emit Locked(memberId);
        emit MemberEnrolled(memberId, key, wallet, craft, guardian, adultAt);
        PAYROLL.openMemberAccount(memberId, wallet);
    }

    /// @inheritdoc IMembers
    function cancelConsent(uint24 memberId, uint256 nonce, bytes calldata signature) external {
        _requireRevoker(memberId, keccak256(abi.encode(CANCELLATION_TYPEHASH, memberId, nonce)), signature);
        _spend(memberId, nonce);
        emit ConsentCancelled(memberId, nonce);
    }

    /// @inheritdoc IMembers
    function takeConsent(uint24 memberId, uint256 nonce, uint256 deadline, bytes32 digest, bytes calldata signature)
        external
    {
        require(
            msg.sender == SCENE_GRANTS || msg.sender == LICENCES || msg.sender == RECORDS || msg.sender == PREMIUMS
                || msg.sender == POOL_GRANTS || msg.sender == COLLECTIVE_LICENCES || msg.sender == WRITERS_ROOMS
                || msg.sender == PROVENANCE,
            NotAConsentTaker(msg.sender)
        );
        _take(memberId, nonce, deadline, digest, signature);
    }

    /// @inheritdoc IMembers
    function requestPayoutChange(PayoutChange calldata change, bytes calldata signature) external {
        require(change.wallet != address(0), ZeroAddress());
        _takeWish(
            change.memberId,
            change.nonce,
            change.deadline,
            keccak256(
                abi.encode(PAYOUT_CHANGE_TYPEHASH, change.memberId, change.wallet, change.nonce, change.deadline)
            ),
            signature
        );
        uint40 effectiveAt = uint40(block.timestamp) + PAYOUT_DELAY;
        emit PayoutChangeRequested(change.memberId, change.wallet, effectiveAt);
        PAYROLL.setPendingWallet(change.memberId, change.wallet, effectiveAt);
    }

    /// @inheritdoc IMembers
    function cancelPayoutChange(uint24 memberId, bytes calldata signature) external {
        (address wallet, uint40 effectiveAt) = PAYROLL.pendingWalletOf(memberId);
        _requireRevoker(
            memberId, keccak256(abi.encode(PAYOUT_CANCELLATION_TYPEHASH, memberId, wallet, effectiveAt)), signature
        );
        emit PayoutChangeCancelled(memberId);
        PAYROLL.cancelPendingWallet(memberId);
    }

    /// @inheritdoc IMembers
    function setDelegate(Delegation calldata d, bytes calldata signature) external {
        require(d.delegate != address(0), ZeroAddress());
        bytes32 structHash =
            keccak256(abi.encode(DELEGATION_TYPEHASH, d.memberId, d.delegate, d.allowed, d.nonce, d.deadline));
        _takeWish(d.memberId, d.nonce, d.deadline, structHash, signature);
        _delegates[d.memberId][d.delegate] = d.allowed;
        emit DelegateSet(d.memberId, d.delegate, d.allowed);
    }

    /// @inheritdoc IMembers
    function appointAgent(AgentAppointment calldata a, bytes calldata signature) external {
        require(a.agent != address(0) || a.shareBps == 0, ZeroAddress());
        bytes32 structHash = keccak256(abi.encode(AGENT_TYPEHASH, a.memberId, a.agent, a.shareBps, a.nonce, a.deadline));
        _takeWish(a.memberId, a.nonce, a.deadline, structHash, signature);
        PAYROLL.setAgent(a.memberId, a.agent, a.shareBps);
    }

    /// @inheritdoc IMembers
    function startRecovery(uint24 memberId, address wallet, address key, bytes32 evidenceHash) external restricted {
        require(_ownerOf(memberId) != address(0), UnknownMember(memberId));
        require(wallet != address(0), ZeroAddress());
        require(_recoveries[memberId].wallet == address(0), RecoveryPending(memberId));
        uint40 payoutFrom = uint40(block.timestamp) + RECOVERY_DELAY;
        uint40 keyFrom = key == address(0) ? 0 : payoutFrom + RECOVERY_DELAY;
        _recoveries[memberId] = Recovery(wallet, payoutFrom, key, keyFrom, false);
        emit RecoveryStarted(memberId, wallet, key, payoutFrom, keyFrom, evidenceHash);
    }

    /// @inheritdoc IMembers
    function cancelRecovery(uint24 memberId, bytes calldata signature) external {
        Recovery memory recovery = _recovery(memberId);
        bytes32 structHash = keccak256(abi.encode(RECOVERY_CANCELLATION_TYPEHASH, memberId, recovery.payoutFrom));
        if (signature.length > 0) {
            requireSigned(memberId, _hashTypedDataV4(structHash), signature);
        } else {
            require(msg.sender == signerOf(memberId), NotTheMember(memberId, msg.sender));
        }
        delete _recoveries[memberId];
        emit RecoveryCancelled(memberId);
    }

    /// @inheritdoc IMembers
    function finishRecovery(uint24 memberId) external {
        Recovery storage recovery = _recovery(memberId);
        require(!recovery.payoutMoved, NoRecovery(memberId));
        require(block.timestamp >= recovery.payoutFrom, TooEarly(recovery.payoutFrom));
        address wallet = recovery.wallet;
        if (recovery.key == address(0)) delete _recoveries[memberId];
        else recovery.payoutMoved = true;
        emit PayoutRecovered(memberId, wallet);
        PAYROLL.setWallet(memberId, wallet);
    }

    /// @inheritdoc IMembers
    function adoptKey(uint24 memberId) external {
        Recovery memory recovery = _recovery(memberId);
        require(recovery.key != address(0), NoRecovery(memberId));
        require(recovery.payoutMoved && block.timestamp >= recovery.keyFrom, TooEarly(recovery.keyFrom));
        delete _recoveries[memberId];
        address oldKey = _ownerOf(memberId);
        // The one way a membership changes hands; `_update` refuses every other.
        super._update(recovery.key, memberId, address(0));
        emit KeyReplaced(memberId, oldKey, recovery.key);
    }

    /// @inheritdoc IMembers
    function requireSigned(uint24 memberId, bytes32 digest, bytes calldata signature) public view {
        address signer = signerOf(memberId);
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return;
        require(
            signer.code.length > 0 && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature),
            InvalidConsent(memberId, digest)
        );
    }

    /// @inheritdoc IMembers
    function signerOf(uint24 memberId) public view returns (address) {
        address key = _ownerOf(memberId);
        require(key != address(0), UnknownMember(memberId));
        Guardianship memory guardianship = _guardianships[memberId];
        return guardianship.adultAt > block.timestamp ? guardianship.guardian : key;
    }

    /// @inheritdoc IMembers
    function mayRevoke(uint24 memberId, address who) public view returns (bool) {
        return who == signerOf(memberId) || who == _ownerOf(memberId) || _delegates[memberId][who];
    }

    /// @inheritdoc IMembers
    function requireRevoker(uint24 memberId, address caller, bytes32 digest, bytes calldata signature) public view {
        if (signature.length > 0) requireSigned(memberId, digest, signature);
        else require(mayRevoke(memberId, caller), NotTheMember(memberId, caller));
    }

    /// @inheritdoc IMembers
    function consentSpent(uint24 memberId, uint256 nonce) external view returns (bool) {
        return _spent[memberId][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @inheritdoc IMembers
    function minorAt(uint24 memberId, uint256 time) external view returns (bool) {
        return _guardianships[memberId].adultAt > time;
    }

    /// @inheritdoc IMembers
    function recoveryOf(uint24 memberId) external view returns (Recovery memory) {
        return _recoveries[memberId];
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        require(_ownerOf(tokenId) == address(0), Soulbound(tokenId));
        return super._update(to, tokenId, auth);
    }

    /// @dev What a member wishes about their own affairs: by themselves when the signature is empty, else relayed.
    function _takeWish(uint24 memberId, uint256 nonce, uint256 deadline, bytes32 structHash, bytes calldata signature)
        private
    {
        if (signature.length > 0) return _take(memberId, nonce, deadline, _hashTypedDataV4(structHash), signature);
        require(msg.sender == signerOf(memberId), NotTheMember(memberId, msg.sender));
    }

    /// @dev Withdrawing needs no nonce: done twice, it is still withdrawn.
    function _requireRevoker(uint24 memberId, bytes32 structHash, bytes calldata signature) private view {
        requireRevoker(memberId, msg.sender, _hashTypedDataV4(structHash), signature);
    }

    function _take(uint24 memberId, uint256 nonce, uint256 deadline, bytes32 digest, bytes calldata signature) private {
        require(block.timestamp <= deadline, ConsentExpired(deadline, block.timestamp));
        _spend(memberId, nonce);
        requireSigned(memberId, digest, signature);
    }

    function _spend(uint24 memberId, uint256 nonce) private {
        mapping(uint256 => uint256) storage words = _spent[memberId];
        uint256 word = words[nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        require(word & bit == 0, ConsentSpent(memberId, nonce));
        words[nonce >> 8] = word | bit;
    }

    function _recovery(uint24 memberId) private view returns (Recovery storage recovery) {
        recovery = _recoveries[memberId];
        require(recovery.wallet != address(0), NoRecovery(memberId));
    }
}
