"""The worker's gRPC service: description, health (grpc.health.v1) and reflection (grpc.reflection.v1alpha)."""
