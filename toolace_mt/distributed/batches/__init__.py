"""Runs whose model calls are batches: shards are played against journals, round after round."""
