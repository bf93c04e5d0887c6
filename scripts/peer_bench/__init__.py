"""Peers' own bytecode on our local chain, for figures to set ours beside. docs/peers.md says what is measured."""

from peer_bench.figures import PeerFigure, peer_figures

__all__ = ["PeerFigure", "peer_figures"]
