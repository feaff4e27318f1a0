"""Tests of the gRPC shell."""
