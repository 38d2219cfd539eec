"""Moves a Kafka topic's records into an object store, each once."""
