"""Recommending items to people by what they took: implicit feedback, ranked."""
