"""The gRPC shell: protobuf to core values and back, errors to statuses, servicers and the server."""
