// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A six-decimal dollar for local chains, with EIP-2612 permits and the block list that real ones have
contract TestDollar is ERC20, ERC20Permit {
    /// @notice Who may block wallets.
    address public immutable ISSUER;

    /// @notice Whether there is a block list. Real dollars keep the flag beside the balance, where looking at it is
    /// free; here it costs a transfer 2,100 gas, so gas is measured without one.
    bool public immutable BLOCKS;

    mapping(address wallet => bool) public blocked;

    event WalletBlocked(address indexed wallet, bool isBlocked);

    /// @notice The wallet is on the issuer's block list.
    error BlockedWallet(address wallet);

    /// @notice Only the issuer may do this.
    error NotTheIssuer(address caller);

    constructor(bool blocks) ERC20("Test Dollar", "TUSD") ERC20Permit("Test Dollar") {
        ISSUER = msg.sender;
        BLOCKS = blocks;
    }

    /// @notice Makes dollars out of nothing; this is a test token.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Blocks or unblocks a wallet.
    function setBlocked(address wallet, bool isBlocked) external {
        require(msg.sender == ISSUER, NotTheIssuer(msg.sender));
        blocked[wallet] = isBlocked;
        emit WalletBlocked(wallet, isBlocked);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!BLOCKS || !blocked[to], BlockedWallet(to));
        super._update(from, to, value);
    }
}
