//! Layers, overrides, swaps: who is on call at any instant, and why.
